import { describe, expect, test, vi } from "vitest";
import { ArmApp, migrationPath, SERVERS, VERSION } from "@/lib/server/testing/arm-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, patch, serverBody, migrationBody } = app;

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
