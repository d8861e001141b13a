import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";
import { startTestStore } from "@/lib/store/testing/test-store";

vi.mock("server-only", () => ({}));

const VERSION = "api-version=2025-08-01";
const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000";
const GROUP = `${SUBSCRIPTION}/resourceGroups/local`;
const SERVERS = `${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers`;
const SOURCE_PASSWORD = `s0urce"'\\;--ü`;

interface Answer {
  status: number;
  headers: Headers;
  // Bodies are looked at by shape.
  body: { error?: { code: string; message: string; target?: string } } & Record<string, unknown>;
}

let app: ServedApp;
let testStore: Awaited<ReturnType<typeof startTestStore>>;
let target: TestServer;
let token: string;

beforeAll(async () => {
  [testStore, target] = await Promise.all([startTestStore(), startTestServer(17)]);
  app = await serveApp();
  token = await createApiToken({ name: "tester", role: "operator" });
  const put = await send("PUT", `${SERVERS}/crm-target?${VERSION}`, serverBody());
  expect(put.status).toBe(201);
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await testStore?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(app.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
  };
}

function serverBody(properties: Record<string, unknown> = {}) {
  return {
    location: "local",
    tags: { team: "crm" },
    properties: {
      fullyQualifiedDomainName: target.host,
      administratorLogin: target.user,
      administratorLoginPassword: target.password,
      howdah: { port: target.port, sslMode: "prefer" },
      ...properties,
    },
  };
}

function migrationBody(properties: Record<string, unknown> = {}) {
  return {
    location: "eastus2euap",
    properties: {
      migrationMode: "offline",
      migrationOption: "validate",
      sourceType: "OnPremises",
      sourceDbServerResourceId: "db.example.com:5432@postgres",
      secretParameters: {
        adminCredentials: { sourceServerPassword: SOURCE_PASSWORD, targetServerPassword: target.password },
        targetServerUsername: "admin1",
      },
      dbsToMigrate: ["crm"],
      ...properties,
    },
  };
}

const migrationPath = (name: string) => `${SERVERS}/crm-target/migrations/${name}`;
const create = (name: string, properties?: Record<string, unknown>, headers?: Record<string, string>) =>
  send("PUT", `${migrationPath(name)}?${VERSION}`, migrationBody(properties), headers);
const patch = (name: string, properties: Record<string, unknown>) =>
  send("PATCH", `${migrationPath(name)}?${VERSION}`, { properties });

describe("paths and versions", () => {
  test("versions: a missing, an unknown and every known one", async () => {
    const missing = await send("GET", SERVERS);
    expect([missing.status, missing.body.error?.code]).toEqual([400, "MissingApiVersionParameter"]);
    const unknown = await send("GET", `${SERVERS}?api-version=2019-01-01`);
    expect(unknown.status).toBe(400);
    expect(unknown.body.error).toMatchObject({
      code: "InvalidApiVersionParameter",
      message: expect.stringMatching(
        /^The api-version '2019-01-01' is invalid\. The supported versions are '.*2024-08-01.*'\.$/,
      ),
    });
    for (const version of ["2023-06-01-preview", "2024-08-01", "2025-06-01-Preview", "2026-07-01-preview"]) {
      expect((await send("GET", `${SERVERS}?Api-Version=${version}`)).status, version).toBe(200);
    }
  });

  test("paths are compared without regard to case, names keep theirs", async () => {
    const odd = `${SERVERS}/CRM-Target?${VERSION}`
      .replace("subscriptions", "SubScriptions")
      .replace("resourceGroups", "resourcegroups")
      .replace("/local/", "/LOCAL/")
      .replace("Microsoft.DBforPostgreSQL", "microsoft.dbforpostgresql");
    const answer = await send("GET", odd);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ name: "crm-target", id: `${SERVERS}/crm-target` });
  });

  test.each([
    [
      "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/local/providers/Microsoft.DBforPostgreSQL/flexibleServers",
      404,
      "SubscriptionNotFound",
    ],
    [
      "/subscriptions/nonsense/providers/Microsoft.DBforPostgreSQL/flexibleServers",
      400,
      "InvalidSubscriptionId",
    ],
    [
      `${SUBSCRIPTION}/resourceGroups/other/providers/Microsoft.DBforPostgreSQL/flexibleServers`,
      404,
      "ResourceGroupNotFound",
    ],
    [`${SERVERS}/nowhere`, 404, "ResourceNotFound"],
    [`${SERVERS}/nowhere/migrations`, 404, "ResourceNotFound"],
    [`${SERVERS}/crm-target/migrations/none`, 404, "ResourceNotFound"],
    [`${GROUP}/providers/Microsoft.DBforPostgreSQL/elephants`, 404, "InvalidResourceType"],
    [`${GROUP}/providers/Microsoft.Compute/virtualMachines`, 404, "InvalidResourceNamespace"],
    [`${SUBSCRIPTION}/nothing`, 404, "NotFound"],
    [`${SERVERS}/%E0%A4%A`, 400, "InvalidRequestUri"],
  ])("%s is %i %s", async (path, status, code) => {
    const answer = await send("GET", `${path}?${VERSION}`);
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
  });

  test("another method is told which there are", async () => {
    const answer = await send("POST", `${SERVERS}/crm-target?${VERSION}`, {});
    expect([answer.status, answer.body.error?.code]).toEqual([405, "MethodNotAllowed"]);
    expect(answer.headers.get("allow")).toBe("GET, PUT, DELETE");
  });

  test("subscriptions and resource groups list the local ones", async () => {
    const version = "api-version=2022-12-01";
    expect((await send("GET", `/subscriptions?${version}`)).body).toMatchObject({
      value: [{ id: SUBSCRIPTION, state: "Enabled" }],
    });
    expect((await send("GET", `${SUBSCRIPTION}/resourcegroups?${version}`)).body).toMatchObject({
      value: [{ id: GROUP, name: "local" }],
    });
    expect((await send("GET", `${GROUP}?${version}`)).body).toMatchObject({ name: "local" });
  });

  test("every answer has the headers of Resource Manager", async () => {
    const correlation = "0c0ffee0-0000-4000-8000-000000000000";
    const answer = await send("GET", `${SERVERS}?${VERSION}`, undefined, {
      "x-ms-correlation-request-id": correlation,
    });
    expect(answer.headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get("x-ms-correlation-request-id")).toBe(correlation);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("bodies that are not what they should be", () => {
  const put = (body: string, headers?: Record<string, string>) =>
    send("PUT", `${migrationPath("body")}?${VERSION}`, body, headers);

  test("broken JSON is located, and not quoted", async () => {
    const answer = await put('{\n "properties": {"password": "hidden" oops}}');
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: "InvalidRequestContent",
      message: expect.stringContaining("line 2, position 38"),
    });
    expect(JSON.stringify(answer.body)).not.toContain("hidden");
  });

  test("an empty body, another type and one that is too long", async () => {
    expect((await put("")).body.error?.message).toContain("empty");
    expect((await put("a=b", { "content-type": "text/plain" })).status).toBe(415);
    const long = await put(JSON.stringify({ properties: { text: "x".repeat(1_048_576) } }));
    expect([long.status, long.body.error?.code]).toEqual([413, "RequestContentTooLarge"]);
  });

  test("what is missing or wrong is named by its path", async () => {
    const answer = await put(JSON.stringify({ properties: { migrationMode: "sometimes" } }));
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: "InvalidParameterValue",
      target: "properties.migrationMode",
      details: expect.arrayContaining([
        {
          code: "MissingRequiredParameter",
          target: "properties.secretParameters",
          message: "'properties.secretParameters' is required.",
        },
      ]),
    });
  });

  test.each([
    ["an empty name", ""],
    ["200 characters", "x".repeat(200)],
    ["a null character", "crm\0"],
    ["a line break", 'crm"\n; drop database crm'],
  ])("databases: %s", async (_, name) => {
    const answer = await create("databases", { dbsToMigrate: ["crm", name] });
    expect([answer.status, answer.body.error?.target]).toEqual([400, "properties.dbsToMigrate[1]"]);
  });

  test.each([
    ["nothing", undefined],
    ["no user", "db.example.com:5432"],
    ["no port", "db.example.com@postgres"],
    ["a port out of range", "db.example.com:70000@postgres"],
    ["a socket directory", "/var/run/postgresql:5432@postgres"],
    ["an Azure id", `${SERVERS}/other`],
  ])("source address: %s", async (_, sourceDbServerResourceId) => {
    const answer = await create("address", { sourceDbServerResourceId });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: "SOURCE_ADDRESS_INVALID",
      target: "properties.sourceDbServerResourceId",
      additionalInfo: [
        { type: "HowdahExplanation", info: { remedy: expect.stringContaining("host:port@user") } },
      ],
    });
  });

  test("a host override cannot name a socket directory", async () => {
    const answer = await create("override", {
      sourceDbServerFullyQualifiedDomainName: "/var/run/postgresql",
    });
    expect([answer.status, answer.body.error?.target]).toEqual([
      400,
      "properties.sourceDbServerFullyQualifiedDomainName",
    ]);
  });

  test.each([["localhost"], ["127.0.0.1"], ["[::1]"], ["LOCALHOST."]])(
    "source %s is the target",
    async (host) => {
      const answer = await create("same", { sourceDbServerResourceId: `${host}:${target.port}@postgres` });
      expect([answer.status, answer.body.error?.code]).toEqual([400, "SAME_SERVER"]);
    },
  );

  test("addresses that are out of bounds", async () => {
    const answer = await create("metadata", { sourceDbServerResourceId: "169.254.169.254:80@postgres" });
    expect([answer.status, answer.body.error?.code]).toEqual([400, "ADDRESS_NOT_ALLOWED"]);
    const server = await send(
      "PUT",
      `${SERVERS}/metadata?${VERSION}`,
      serverBody({ fullyQualifiedDomainName: "169.254.169.254" }),
    );
    expect([server.status, server.body.error?.target]).toEqual([400, "properties.fullyQualifiedDomainName"]);
  });

  test.each([["-crm"], ["crm_1"], ["crm%20x"], ["x".repeat(64)]])("migration name %s", async (name) => {
    const answer = await create(name);
    expect([answer.status, answer.body.error?.target]).toEqual([400, "migrationName"]);
  });

  test("online is refused as not available", async () => {
    const answer = await create("online", { migrationMode: "Online" });
    expect([answer.status, answer.body.error?.code, answer.body.error?.target]).toEqual([
      400,
      "MODE_UNAVAILABLE",
      "properties.migrationMode",
    ]);
  });

  test("none of it left a migration behind", async () => {
    expect(await store().migration.count()).toBe(0);
  });
});

describe("servers", () => {
  test("a registered server shows version and size, never its password", async () => {
    const answer = await send("GET", `${SERVERS}/crm-target?${VERSION}`);
    expect(answer.body).toMatchObject({
      id: `${SERVERS}/crm-target`,
      type: "Microsoft.DBforPostgreSQL/flexibleServers",
      location: "local",
      tags: { team: "crm" },
      properties: {
        administratorLogin: target.user,
        fullyQualifiedDomainName: target.host,
        version: "17",
        minorVersion: "10",
        state: "Ready",
        howdah: { port: target.port, sslMode: "Prefer", databasesBytes: expect.any(Number) },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(target.password);
    expect(
      JSON.stringify(await store().server.findMany({ select: { name: true, host: true, version: true } })),
    ).not.toContain(target.password);
  });

  test("a wrong password registers nothing", async () => {
    const answer = await send(
      "PUT",
      `${SERVERS}/wrong?${VERSION}`,
      serverBody({ administratorLoginPassword: "wrong" }),
    );
    expect([answer.status, answer.body.error?.code]).toEqual([400, "PASSWORD_REJECTED"]);
    expect((await send("GET", `${SERVERS}/wrong?${VERSION}`)).status).toBe(404);
  });

  test("without a password it is registered unseen, and updated in place", async () => {
    const { administratorLoginPassword: _, ...properties } = serverBody().properties;
    const path = `${SERVERS}/unseen?${VERSION}`;
    const created = await send("PUT", path, { properties });
    expect([created.status, (created.body["properties"] as { version?: string }).version]).toEqual([
      201,
      undefined,
    ]);
    const updated = await send("PUT", path.replace("unseen", "UNSEEN"), serverBody());
    expect(updated.status).toBe(200);
    expect(updated.body).toMatchObject({ name: "unseen", properties: { version: "17" } });
    const moved = await send("PUT", path, {
      properties: { ...properties, fullyQualifiedDomainName: "db2.example.com" },
    });
    expect((moved.body["properties"] as { version?: string }).version).toBeUndefined();
    expect((await send("DELETE", path)).status).toBe(200);
    expect((await send("DELETE", path)).status).toBe(204);
  });

  test("lists of the group and of the subscription", async () => {
    const group = await send("GET", `${SERVERS}?${VERSION}`);
    const all = await send(
      "GET",
      `${SUBSCRIPTION}/providers/Microsoft.DBforPostgreSQL/flexibleServers?${VERSION}`,
    );
    expect(group.body).toMatchObject({ value: [{ name: "crm-target" }] });
    expect(all.body).toEqual(group.body);
  });

  test.each([["ab"], ["a--b"], ["-ab"], ["a_b_c"]])("server name %s", async (name) => {
    const answer = await send("PUT", `${SERVERS}/${name}?${VERSION}`, serverBody());
    expect([answer.status, answer.body.error?.target]).toEqual([400, "serverName"]);
  });
});

describe("the life of a migration", () => {
  test("201 with ARM's envelope, defaults filled in and no secret", async () => {
    const answer = await create("First", { howdah: { jobs: 3 } });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id: migrationPath("First"),
      name: "First",
      type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
      location: "eastus2euap",
      properties: {
        migrationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        currentStatus: {
          state: "InProgress",
          currentSubStateDetails: { currentSubState: "PerformingPreRequisiteSteps", dbDetails: {} },
        },
        migrationMode: "Offline",
        migrationOption: "Validate",
        sourceType: "OnPremises",
        sslMode: "Prefer",
        sourceDbServerResourceId: "db.example.com:5432@postgres",
        targetDbServerResourceId: `${SERVERS}/crm-target`,
        targetDbServerMetadata: { version: "17.10" },
        dbsToMigrate: ["crm"],
        overwriteDbsInTarget: "False",
        migrateRoles: "False",
        triggerCutover: "True",
        migrationWindowStartTimeInUtc: expect.stringMatching(/Z$/),
        howdah: { jobs: 3 },
      },
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/secretParameters|s0urce|admin1/);
    const got = await send("GET", `${migrationPath("FIRST")}?${VERSION}`);
    expect(got.body).toEqual(answer.body);
  });

  test("the same request again is the same migration; another one is refused", async () => {
    expect((await create("first", { howdah: { jobs: 3 } })).status).toBe(200);
    const other = await create("first", { dbsToMigrate: ["crm", "billing"] });
    expect([other.status, other.body.error?.code, other.body.error?.target]).toEqual([
      409,
      "MIGRATION_NAME_TAKEN",
      "migrationName",
    ]);
    const insisting = await create("first", { howdah: { jobs: 3 } }, { "if-none-match": "*" });
    expect([insisting.status, insisting.body.error?.code]).toEqual([412, "MIGRATION_NAME_TAKEN"]);
    expect(await store().migration.count()).toBe(1);
  });

  test("of two who create one name at once, one gets it", async () => {
    const answers = await Promise.all([create("race"), create("race", { dbsToMigrate: ["billing"] })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test("names are available or not, for a reason", async () => {
    const check = async (name: string) =>
      (
        await send("POST", `${SERVERS}/crm-target/checkmigrationnameavailability?${VERSION}`, {
          name,
          type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
        })
      ).body;
    expect(await check("fresh")).toEqual({
      name: "fresh",
      type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
      nameAvailable: true,
    });
    expect(await check("FIRST")).toMatchObject({ nameAvailable: false, reason: "AlreadyExists" });
    expect(await check("-x")).toMatchObject({
      nameAvailable: false,
      reason: "Invalid",
      message: expect.any(String),
    });
  });

  test("a server with migrations is neither removed nor moved", async () => {
    const removed = await send("DELETE", `${SERVERS}/crm-target?${VERSION}`);
    expect([removed.status, removed.body.error?.code]).toEqual([409, "SERVER_IN_USE"]);
    const moved = await send(
      "PUT",
      `${SERVERS}/crm-target?${VERSION}`,
      serverBody({ howdah: { port: 1 }, administratorLoginPassword: undefined }),
    );
    expect([moved.status, moved.body.error?.code]).toEqual([409, "SERVER_IN_USE"]);
  });

  test("wishes that do not fit are refused with what does", async () => {
    const cutover = await patch("first", { triggerCutover: "True" });
    expect([cutover.status, cutover.body.error?.target]).toEqual([400, "properties.triggerCutover"]);
    const overwrite = await patch("first", { overwriteDbsInTarget: "true" });
    expect([overwrite.status, overwrite.body.error?.code]).toEqual([409, "ACTION_NOT_ALLOWED"]);
    expect(overwrite.body.error?.message).toMatch(
      /InProgress\/PerformingPreRequisiteSteps.*Allowed now: cancel\./,
    );
    const address = await patch("first", { sourceDbServerResourceId: "other:5432@postgres" });
    expect([address.status, address.body.error?.code]).toEqual([400, "PropertyChangeNotAllowed"]);
    const part = await patch("first", { cancel: "True", dbsToCancelMigrationOn: ["billing"] });
    expect([part.status, part.body.error?.target]).toEqual([400, "properties.dbsToCancelMigrationOn"]);
    expect((await patch("none", { cancel: "True" })).status).toBe(404);
  });

  test("the overwrite question is answered by PATCH", async () => {
    await create("asks", { dbsToMigrate: ["crm"] });
    await store().migration.updateMany({
      where: { nameKey: "asks" },
      data: {
        state: "WaitingForUserAction",
        substate: "WaitingForTargetDBOverwriteConfirmation",
        runEpoch: 1,
      },
    });
    const answer = await patch("asks", { overwriteDbsInTarget: "True" });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ properties: { overwriteDbsInTarget: "True" } });
    expect(await store().migration.findFirstOrThrow({ where: { nameKey: "asks" } })).toMatchObject({
      overwriteConfirmed: true,
    });
  });

  test("PATCH cancels; a second time changes nothing; tags can change all along", async () => {
    const answer = await patch("first", { cancel: "True", dbsToCancelMigrationOn: ["crm"] });
    expect(answer.body).toMatchObject({
      properties: {
        cancel: "True",
        currentStatus: { state: "Canceled", currentSubStateDetails: { currentSubState: "Completed" } },
      },
    });
    const again = await patch("first", { cancel: "True" });
    expect([again.status, (again.body["properties"] as { cancel: string }).cancel]).toEqual([200, "True"]);
    const tagged = await send("PATCH", `${migrationPath("first")}?${VERSION}`, { tags: { done: "yes" } });
    expect(tagged.body).toMatchObject({ tags: { done: "yes" } });
    expect(await store().migrationSecret.count({ where: { migration: { nameKey: "first" } } })).toBe(0);
  });

  test("DELETE cancels what is active and keeps the record", async () => {
    const path = migrationPath("race");
    const canceled = await send("DELETE", `${path}?${VERSION}`);
    expect([canceled.status, canceled.body["name"]]).toEqual([200, "race"]);
    expect((await send("DELETE", `${path}?${VERSION}`)).status).toBe(204);
    expect((await send("GET", `${path}?${VERSION}`)).status).toBe(200);
    expect((await send("DELETE", `${migrationPath("never")}?${VERSION}`)).status).toBe(204);
    const old = await create("old");
    expect(old.status).toBe(201);
    const quiet = await send("DELETE", `${migrationPath("old")}?api-version=2024-08-01`);
    expect([quiet.status, quiet.body]).toEqual([200, {}]);
  });

  test("the list shows active ones unless asked for all", async () => {
    const names = async (filter: string) => {
      const { body } = await send("GET", `${SERVERS}/crm-target/migrations?${VERSION}${filter}`);
      return (body["value"] as { name: string }[]).map(({ name }) => name);
    };
    expect(await names("")).toEqual(["asks"]);
    expect(await names("&migrationListFilter=active")).toEqual(["asks"]);
    expect((await names("&migrationListFilter=All")).sort()).toEqual(["First", "asks", "old", "race"]);
    const wrong = await send("GET", `${SERVERS}/crm-target/migrations?${VERSION}&migrationListFilter=some`);
    expect([wrong.status, wrong.body.error?.target]).toEqual([400, "migrationListFilter"]);
  });

  test("a record is removed only when its migration has ended", async () => {
    const remove = (name: string) => send("DELETE", `${migrationPath(name)}?${VERSION}&removeRecord=true`);
    const active = await remove("asks");
    expect([active.status, active.body.error?.code]).toEqual([409, "ACTION_NOT_ALLOWED"]);
    expect((await remove("old")).status).toBe(200);
    expect((await send("GET", `${migrationPath("old")}?${VERSION}`)).status).toBe(404);
  });

  test("each change is in the audit log with who and what", async () => {
    const events = await store().auditEvent.findMany({ where: { target: migrationPath("First") } });
    expect(events.map(({ actor, action, outcome }) => [actor, action, outcome])).toContainEqual([
      "tester",
      "Microsoft.DBforPostgreSQL/flexibleServers/migrations/write",
      "succeeded",
    ]);
    expect(
      JSON.stringify(
        await store().auditEvent.findMany({ select: { data: true, target: true, outcome: true } }),
      ),
    ).not.toMatch(/s0urce/);
  });
});

test("a viewer reads everything and changes nothing", async () => {
  const headers = { authorization: `Bearer ${await createApiToken({ name: "eve", role: "viewer" })}` };
  const path = `${migrationPath("asks")}?${VERSION}`;
  expect((await send("GET", path, undefined, headers)).status).toBe(200);
  const attempts: [string, string, unknown][] = [
    ["PUT", path, migrationBody()],
    ["PATCH", path, { properties: { cancel: "True" } }],
    ["DELETE", path, undefined],
    ["PUT", `${SERVERS}/crm-target?${VERSION}`, serverBody()],
    ["DELETE", `${SERVERS}/crm-target?${VERSION}`, undefined],
  ];
  for (const [method, target, body] of attempts) {
    const answer = await send(method, target, body, headers);
    expect([method, answer.status, answer.body.error?.code]).toEqual([method, 403, "AuthorizationFailed"]);
  }
  expect(
    await store().auditEvent.count({ where: { actor: "eve", outcome: "refused: AuthorizationFailed" } }),
  ).toBe(attempts.length);
});

describe("progress", () => {
  test("counters, validation and failure appear in ARM's places", async () => {
    await create("progress", { dbsToMigrate: ["crm", "billing"] });
    const { id } = await store().migration.findFirstOrThrow({ where: { nameKey: "progress" } });
    const report = {
      status: "Failed",
      validationStartTimeInUtc: "2026-01-01T00:00:00.000Z",
      validationEndTimeInUtc: "2026-01-01T00:00:01.000Z",
      serverLevelValidationDetails: [{ type: "SourceVersionValidation", state: "Succeeded", messages: [] }],
      dbLevelValidationDetails: [],
    };
    await store().migrationDatabase.updateMany({
      where: { migrationId: id, name: "crm" },
      data: {
        state: "Failed",
        tablesCompleted: 7,
        tablesErrored: 1,
        bytesCopied: 12n,
        message: "1 table failed.",
      },
    });
    await store().migration.update({
      where: { id },
      data: {
        state: "Failed",
        substate: "Completed",
        error: "1 table failed.",
        errorCode: "TABLE_COPY_FAILED",
        validation: report,
        endedAt: new Date(),
      },
    });
    const { body } = await send("GET", `${migrationPath("progress")}?${VERSION}`);
    expect(body["properties"]).toMatchObject({
      currentStatus: {
        state: "Failed",
        error: "1 table failed.",
        currentSubStateDetails: {
          currentSubState: "Completed",
          dbDetails: {
            crm: {
              databaseName: "crm",
              migrationState: "Failed",
              fullLoadCompletedTables: 7,
              fullLoadErroredTables: 1,
              latency: 0,
              message: "1 table failed.",
            },
          },
          validationDetails: report,
        },
      },
      howdah: { errorCode: "TABLE_COPY_FAILED", bytesCopied: 12 },
    });
    expect(JSON.stringify(body)).not.toContain('billing":{');
  });
});
