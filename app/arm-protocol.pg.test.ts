import { describe, expect, test, vi } from "vitest";
import { ArmApp, GROUP, migrationPath, SERVERS, SUBSCRIPTION, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, serverBody } = app;

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
      const answer = await create("same", {
        sourceDbServerResourceId: `${host}:${app.target.port}@postgres`,
      });
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
        administratorLogin: app.target.user,
        fullyQualifiedDomainName: app.target.host,
        version: "17",
        minorVersion: "10",
        state: "Ready",
        howdah: { port: app.target.port, sslMode: "Prefer", databasesBytes: expect.any(Number) },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(app.target.password);
    expect(
      JSON.stringify(await store().server.findMany({ select: { name: true, host: true, version: true } })),
    ).not.toContain(app.target.password);
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
