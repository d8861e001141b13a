import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { MIGRATION_STATES, MIGRATION_SUBSTATES } from "@/lib/migrations/vocabulary";
import { ArmApp, migrationPath, SERVERS, VERSION } from "@/lib/server/testing/arm-app";
import { store } from "@/lib/store/client";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, patch, migrationBody } = app;

// More calls than a caller may make at once.
beforeAll(() => void vi.stubEnv("HOWDAH_ARM_CALLS_FACTOR", "100"));
afterAll(() => void vi.unstubAllEnvs());

const at = (name: string) => `${migrationPath(name)}?${VERSION}`;
const propertiesOf = (answer: { body: Record<string, unknown> }) =>
  answer.body["properties"] as Record<string, unknown>;

describe("what is sent is kept and answered", () => {
  const everything = {
    migrationInstanceResourceId: `${SERVERS}/runtime`,
    migrationMode: "Offline",
    migrationOption: "ValidateAndMigrate",
    sourceType: "AWS_RDS",
    sslMode: "VerifyCA",
    sourceDbServerResourceId: "db.example.com:5432@postgres",
    sourceDbServerFullyQualifiedDomainName: "db2.example.com",
    targetDbServerFullyQualifiedDomainName: "target.example.com",
    dbsToMigrate: ["crm", "billing"],
    setupLogicalReplicationOnSourceDbIfNeeded: "True",
    overwriteDbsInTarget: "True",
    migrateRoles: "True",
    startDataMigration: "False",
    migrationWindowStartTimeInUtc: "2031-02-03T04:05:06Z",
    migrationWindowEndTimeInUtc: "2031-02-04T04:05:06Z",
  };

  test("every property of the contract", async () => {
    const body = { ...migrationBody(everything), tags: { team: "crm", "cost centre": "7" } };
    const created = await send("PUT", at("everything"), body);
    expect([created.status, created.body["tags"]]).toEqual([201, body.tags]);
    expect(propertiesOf(created)).toMatchObject(everything);
    expect((await send("GET", at("everything"))).body).toEqual(created.body);
  });

  test("what is kept but not done is explained, in the answer and in the log", async () => {
    const { howdah, migrationId } = propertiesOf(await send("GET", at("everything"))) as {
      howdah: { notes: { target: string; message: string }[] };
      migrationId: string;
    };
    expect(howdah.notes.map(({ target }) => target)).toEqual([
      "properties.migrationInstanceResourceId",
      "properties.migrateRoles",
      "properties.migrationWindowEndTimeInUtc",
    ]);
    expect(howdah.notes[0]?.message).toContain("no runtime server takes part");
    const events = await store().migrationEvent.findMany({ where: { migrationId, level: "warning" } });
    expect(events).toHaveLength(3);
  });

  test("an answer can be sent back as a request", async () => {
    const { body } = await send("GET", at("everything"));
    const { secretParameters } = migrationBody().properties;
    const again = { ...body, properties: { ...(body["properties"] as object), secretParameters } };
    const { cancel: _, triggerCutover: __, ...properties } = again.properties as Record<string, unknown>;
    const answer = await send("PUT", at("everything"), { ...again, properties });
    expect([answer.status, answer.body.error]).toEqual([200, undefined]);
  });

  test("the start can be set, held back and given until the copy begins", async () => {
    await create("later", { migrationOption: "Migrate" });
    const held = await patch("later", { startDataMigration: "false" });
    expect([held.status, propertiesOf(held)["startDataMigration"]]).toEqual([200, "False"]);
    const start = "2032-01-01T00:00:00.000Z";
    const planned = await patch("later", { migrationWindowStartTimeInUtc: start });
    expect(propertiesOf(planned)).toMatchObject({ migrationWindowStartTimeInUtc: start });
    const begun = await patch("later", { startDataMigration: "True" });
    expect(propertiesOf(begun)).toMatchObject({ startDataMigration: "True" });
    expect(propertiesOf(begun)["migrationWindowStartTimeInUtc"]).not.toBe(start);
  });

  test("databases can be named later, 50 of them at most", async () => {
    await create("nameless", { dbsToMigrate: [], migrationOption: "Migrate" });
    await store().migration.updateMany({
      where: { name: "nameless" },
      data: {
        state: "WaitingForUserAction",
        substate: "WaitingForDBsToMigrateSpecification",
        runEpoch: 1,
      },
    });
    const names = (count: number) => Array.from({ length: count }, (_, index) => `db${index}`);
    const many = await patch("nameless", { dbsToMigrate: names(60) });
    expect([many.status, many.body.error?.target]).toEqual([400, "properties.dbsToMigrate"]);
    expect(many.body.error?.message).toContain("at most 50 databases");
    const refused = await patch("nameless", { triggerCutover: "True" });
    expect(refused.body.error?.message).toContain("WaitingForDBsToMigrateSpecification");
    const named = await patch("nameless", { dbsToMigrate: names(50) });
    expect(named.status).toBe(200);
    expect(propertiesOf(named)["dbsToMigrate"]).toHaveLength(50);
    const created = await create("crowded", { dbsToMigrate: names(60) });
    expect([created.status, created.body.error?.target]).toEqual([400, "properties.dbsToMigrate"]);
  });
});

describe("bodies that are nearly right", () => {
  test("names of properties count in any case, and are kept in theirs", async () => {
    const text = JSON.stringify(migrationBody()).replace(
      /"([a-zA-Z]+)":/g,
      (_, key) => `"${key.toUpperCase()}":`,
    );
    const answer = await send("PUT", at("shouting"), text);
    expect(answer.status).toBe(201);
    expect(propertiesOf(answer)).toMatchObject({ migrationMode: "Offline", dbsToMigrate: ["crm"] });
  });

  test.each([
    [{ dbsToMigrat: ["crm"] }, "properties.dbsToMigrat", "Did you mean 'dbsToMigrate'?"],
    [{ targetServerUserName: "admin" }, "properties.targetServerUserName", "Could not find member"],
    [{ howdah: { job: 3 } }, "properties.howdah.job", "Did you mean 'jobs'?"],
    [
      { howdah: { databases: [{ name: "crm", inclde: {} }] } },
      "properties.howdah.databases[0].inclde",
      "include",
    ],
    [{ DBSTOMIGRATE: ["crm"] }, "properties.dbsToMigrate", "twice"],
  ])("an unknown property is named: %j", async (properties, target, message) => {
    const answer = await create("unknown", properties);
    expect([answer.status, answer.body.error?.code, answer.body.error?.target]).toEqual([
      400,
      "InvalidRequestContent",
      target,
    ]);
    expect(answer.body.error?.message).toContain(message);
  });

  test.each([
    [{ howdah: { jobs: "3" } }, "properties.howdah.jobs", "number"],
    [{ howdah: { jobs: 3.5 } }, "properties.howdah.jobs", "int"],
    [{ overwriteDbsInTarget: true }, "properties.overwriteDbsInTarget", "string"],
    [{ overwriteDbsInTarget: "yes" }, "properties.overwriteDbsInTarget", '"True"|"False"'],
    [{ dbsToMigrate: "crm" }, "properties.dbsToMigrate", "array"],
    [{ dbsToMigrate: [7] }, "properties.dbsToMigrate[0]", "string"],
    [
      { migrationWindowStartTimeInUtc: "tomorrow" },
      "properties.migrationWindowStartTimeInUtc",
      "ISO datetime",
    ],
    [{ sourceType: "Oracle" }, "properties.sourceType", "OnPremises"],
    [{ secretParameters: null }, "properties.secretParameters", "object"],
  ])("a value of another kind is named: %j", async (properties, target, message) => {
    const answer = await create("kinds", properties);
    expect([answer.status, answer.body.error?.code, answer.body.error?.target]).toEqual([
      400,
      "InvalidParameterValue",
      target,
    ]);
    expect(answer.body.error?.message).toContain(message);
  });

  test.each([
    ["51 tags", Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]))],
    ["a long value", { t: "x".repeat(257) }],
    ["a number", { t: 1 }],
  ])("tags: %s", async (_, tags) => {
    for (const answer of [
      await send("PUT", at("tagged"), { ...migrationBody(), tags }),
      await send("PATCH", at("everything"), { tags }),
    ]) {
      expect([answer.status, answer.body.error?.target?.split(".")[0]]).toEqual([400, "tags"]);
    }
  });

  test("five megabytes are refused, and the connection goes on", async () => {
    const long = await send("PUT", at("long"), JSON.stringify({ text: "x".repeat(5_000_000) }));
    expect([long.status, long.body.error?.code]).toEqual([413, "RequestContentTooLarge"]);
    expect((await send("GET", at("everything"))).status).toBe(200);
  });
});

describe("wishes in every state", () => {
  const WISHES: Record<string, Record<string, unknown>> = {
    cancel: { cancel: "True" },
    overwrite: { overwriteDbsInTarget: "True" },
    databases: { dbsToMigrate: ["other"] },
    start: { startDataMigration: "True" },
    window: { migrationWindowStartTimeInUtc: "2033-01-01T00:00:00Z" },
    pause: { howdah: { paused: true } },
    limits: { howdah: { throttle: { connections: 1 } } },
    password: { secretParameters: { adminCredentials: { sourceServerPassword: "new" } } },
    cutover: { triggerCutover: "True" },
  };

  const substatesOf = (state: string) =>
    ["Succeeded", "Failed", "Canceled", "ValidationFailed"].includes(state)
      ? ["Completed"]
      : state === "CleaningUp"
        ? ["CancelingRequestedDBMigrations"]
        : MIGRATION_SUBSTATES.filter(
            (substate) =>
              substate !== "Completed" &&
              substate.startsWith("WaitingFor") === (state === "WaitingForUserAction"),
          );
  const statuses = MIGRATION_STATES.flatMap((state) =>
    substatesOf(state).map((substate) => [state, substate]),
  );

  test.each(statuses)(
    "%s/%s: each is fulfilled, or refused with where it is and what is open",
    async (state, substate) => {
      const name = `s-${state}-${substate}`.slice(0, 40);
      await create(name, { migrationOption: "Migrate" });
      const status = { state, substate, lastActiveSubstate: "MigratingData", runEpoch: 1 } as {
        state: string;
        substate: string;
      };
      for (const [wish, properties] of Object.entries(WISHES)) {
        await store().migration.updateMany({
          where: { name },
          data: { ...status, cancelRequestedAt: null, pauseRequestedAt: null, pausedAt: null },
        });
        const { status: code, body } = await patch(name, properties);
        if (code === 200) continue;
        expect([400, 409], `${wish}: ${code}`).toContain(code);
        expect(body.error?.message, wish).toContain(`${state}/${substate}`);
        if (code === 409) expect(body.error?.message, wish).toMatch(/Allowed now: \w|Nothing can be asked/);
      }
    },
  );
});
