import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { readMigrationDetails, readTables } from "@/lib/server/read-models";
import { type Answer, ArmApp, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { store, storeUrl } from "@/lib/store/client";
import { startWorker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, patch } = app;

/** Creates an online migration and puts it, and its databases, where a worker would have brought them. */
async function onlineIn(
  name: string,
  status: { state: string; substate: string; pausedAt?: Date },
  states: string[],
) {
  const dbsToMigrate = states.map((_, index) => `db${index}`);
  expect(
    (await create(name, { migrationMode: "Online", migrationOption: "Migrate", dbsToMigrate })).status,
  ).toBe(201);
  const { id } = await store().migration.findFirstOrThrow({ where: { name } });
  await store().migration.update({ where: { id }, data: { ...status, runEpoch: 1 } });
  for (const [position, state] of states.entries())
    await store().migrationDatabase.updateMany({ where: { migrationId: id, position }, data: { state } });
  return id;
}

const propertiesOf = ({ body }: Answer) => body["properties"] as Record<string, unknown>;
const refusal = ({ status, body }: Answer) => [status, body.error?.code, body.error?.message];
const WAITING = { state: "WaitingForUserAction", substate: "WaitingForCutoverTrigger" };

describe("wishes for databases", () => {
  test("are kept one by one, and all of them together are the migration's", async () => {
    const id = await onlineIn("two", WAITING, ["WaitingForCutoverTrigger", "WaitingForCutoverTrigger"]);
    const one = await patch("two", { triggerCutover: "True", dbsToTriggerCutoverOn: ["db1"] });
    expect(propertiesOf(one)).toMatchObject({ triggerCutover: "True", dbsToTriggerCutoverOn: ["db1"] });
    expect((await store().migration.findUniqueOrThrow({ where: { id } })).cutoverRequestedAt).toBeNull();
    await patch("two", { triggerCutover: "True", dbsToTriggerCutoverOn: ["db1"] });
    const both = await patch("two", { triggerCutover: "True" });
    expect(propertiesOf(both)).not.toHaveProperty("dbsToTriggerCutoverOn");
    expect((await store().migration.findUniqueOrThrow({ where: { id } })).cutoverRequestedAt).not.toBeNull();
    const wishes = { migrationId: id, kind: "cutover-requested" };
    expect(await store().migrationEvent.count({ where: wishes })).toBe(2);
  });

  test("a canceled database is named, until all of them are", async () => {
    const id = await onlineIn("three", WAITING, ["WaitingForCutoverTrigger", "WaitingForCutoverTrigger"]);
    const one = await patch("three", { cancel: "True", dbsToCancelMigrationOn: ["db0"] });
    expect(propertiesOf(one)).toMatchObject({ cancel: "True", dbsToCancelMigrationOn: ["db0"] });
    await patch("three", { cancel: "True", dbsToCancelMigrationOn: ["db1"] });
    const row = await store().migration.findUniqueOrThrow({ where: { id } });
    expect(row.cancelRequestedAt).not.toBeNull();
  });

  test("what cannot be says where the migration is and what is allowed", async () => {
    await onlineIn("copying", { state: "InProgress", substate: "MigratingData" }, ["InProgress"]);
    const early = await patch("copying", { triggerCutover: "True" });
    expect(refusal(early)).toEqual([
      409,
      "ACTION_NOT_ALLOWED",
      "Cannot cut over: the migration is InProgress/MigratingData. Allowed now: cancel, pause with howdah.paused true, set limits with howdah.throttle.",
    ]);
    const rehearsal = await patch("copying", { howdah: { rehearseCutover: true } });
    expect(rehearsal.body.error?.message).toMatch(
      /^Cannot rehearse the cutover: the migration is InProgress/,
    );
    const unknown = await patch("copying", { cancel: "True", dbsToCancelMigrationOn: ["nobody"] });
    expect(refusal(unknown)).toEqual([
      400,
      "InvalidParameterValue",
      "nobody is not of this migration, whose databases are db0. copying is InProgress/MigratingData. Allowed now: cancel, pause with howdah.paused true, set limits with howdah.throttle.",
    ]);
    const alone = await patch("copying", { dbsToTriggerCutoverOn: ["db0"] });
    expect(alone.body.error?.message).toContain("needs triggerCutover");
    const setup = await patch("copying", { setupLogicalReplicationOnSourceDbIfNeeded: "True" });
    expect([setup.status, setup.body.error?.code]).toEqual([400, "PropertyChangeNotAllowed"]);
    await onlineIn("half", WAITING, ["Failed", "WaitingForCutoverTrigger"]);
    const failed = await patch("half", { triggerCutover: "True", dbsToTriggerCutoverOn: ["db0"] });
    expect(failed.body.error?.message).toMatch(
      /^Cannot cut over: db0 is Failed; the migration is WaitingForUserAction\/WaitingForCutoverTrigger\. Allowed now: /,
    );
    await create("offline", { migrationOption: "Migrate" });
    for (const wish of [{ triggerCutover: "True" }, { howdah: { rehearseCutover: true } }]) {
      const offline = await patch("offline", wish);
      expect(offline.body.error?.message).toMatch(/^An offline migration has no cutover to /);
      expect(offline.body.error?.message).toContain("offline is InProgress/PerformingPreRequisiteSteps");
    }
    const twice = await patch("half", { triggerCutover: "True", cancel: "True" });
    expect(twice.status).toBe(400);
  });
});

test("a record whose slot may still be on its source is not removed, unless that is insisted on", async () => {
  const migrationId = await onlineIn("left", { state: "Canceled", substate: "Completed" }, ["Canceled"]);
  await store().migrationDatabase.updateMany({
    where: { migrationId },
    data: { captureName: "howdah_abcdef0123456789_0_aaaaaa" },
  });
  const path = `${migrationPath("left")}?${VERSION}&removeRecord=true`;
  const refused = await send("DELETE", path);
  expect([refused.status, refused.body.error?.code]).toEqual([409, "CAPTURE_REMAINS"]);
  expect(refused.body.error?.message).toContain("howdah_abcdef0123456789_0_aaaaaa (database db0)");
  expect((await send("DELETE", `${path}&abandonSlots=true`)).status).toBe(200);
  expect(await store().migration.count({ where: { id: migrationId } })).toBe(0);
});

describe("from PUT to Succeeded", () => {
  let source: TestServer;

  beforeAll(async () => {
    source = await startTestServer(15, { settings: { autovacuum: "off" } });
    await runSql(settingsOf(source), "create database crm");
    await runSql(
      settingsOf(source, "crm"),
      "create table item (id int primary key, name text)",
      "insert into item select i, 'item' from generate_series(1, 500) i",
    );
  });

  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
  });

  test("the figures are true, and the cutover is a PATCH", async () => {
    const worker = await startWorker({ databaseUrl: storeUrl(), name: "tester" });
    try {
      const answer = await create("whole", {
        migrationMode: "online",
        migrationOption: "Migrate",
        sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
        secretParameters: {
          adminCredentials: {
            sourceServerPassword: source.password,
            targetServerPassword: app.target.password,
          },
        },
        howdah: { online: { onDivergence: "continue" } },
      });
      expect(answer.status).toBe(201);
      expect(propertiesOf(answer)).toMatchObject({ migrationMode: "Online", triggerCutover: "False" });
      await statusOf(
        "whole",
        (now) => now.currentSubStateDetails.currentSubState === "WaitingForCutoverTrigger",
      );
      await runSql(
        settingsOf(source, "crm"),
        "insert into item values (1001, 'new'), (1002, 'new')",
        "update item set name = 'changed' where id <= 3",
        "delete from item where id > 490 and id <= 500",
      );
      const counted = await statusOf(
        "whole",
        (now) => now.currentSubStateDetails.dbDetails["crm"]?.["cdcDeleteCounter"] === 10,
      );
      expect(counted.currentSubStateDetails.dbDetails["crm"]).toMatchObject({
        migrationState: "WaitingForCutoverTrigger",
        cdcInsertCounter: 2,
        cdcUpdateCounter: 3,
        cdcDeleteCounter: 10,
        appliedChanges: 15,
        incomingChanges: 0,
      });
      const { id } = await store().migration.findFirstOrThrow({ where: { name: "whole" } });
      const details = await readMigrationDetails(id);
      expect(details?.online).toMatchObject({
        plugin: null,
        onDivergence: "continue",
        walLimitBytes: null,
      });
      expect(details?.online?.databases[0]).toMatchObject({
        name: "crm",
        plugin: "test_decoding",
        inserts: 2,
        deletes: 10,
        divergences: 0,
      });
      expect(details?.online?.databases[0]?.slot).toMatchObject({ isActive: true });
      expect(details?.online?.samples.length).toBeGreaterThan(0);
      expect((await readTables(id)).tables[0]?.changes).toEqual({
        inserts: 2,
        updates: 3,
        deletes: 10,
        truncates: 0,
      });
      await divergeOnce(id);
      expect((await patch("whole", { triggerCutover: "True" })).status).toBe(200);
      const done = await statusOf(
        "whole",
        (now) => now.currentSubStateDetails.currentSubState === "Completed",
      );
      expect([done.state, done.currentSubStateDetails.dbDetails["crm"]?.["latency"]]).toEqual([
        "Succeeded",
        0,
      ]);
      const after = await readMigrationDetails(id);
      expect(after?.online?.databases[0]).toMatchObject({ divergences: 1, cutover: { unfollowed: [] } });
      expect(after?.phases.map(({ phase }) => phase)).toEqual(
        expect.arrayContaining(["catch-up", "cutover"]),
      );
      expect(after?.phases.every(({ endedAt }) => endedAt !== null)).toBe(true);
      const target = settingsOf(app.target, "crm");
      const sums = "select count(*)::int as n, sum(id)::int as ids, min(name) as name from item";
      expect(await queryRows(target, sums)).toEqual(await queryRows(settingsOf(source, "crm"), sums));
    } finally {
      await worker.stop();
    }
  }, 150_000);

  /** Takes a row away from the target: the source's change of it is counted, told with table and key, and the rest goes on. */
  async function divergeOnce(id: string): Promise<void> {
    await runSql(
      settingsOf(app.target, "crm"),
      "set session_replication_role = replica",
      "delete from item where id = 7",
    );
    await runSql(
      settingsOf(source, "crm"),
      "update item set name = 'lost' where id = 7",
      "insert into item values (1003, 'after')",
    );
    await statusOf("whole", (now) => now.currentSubStateDetails.dbDetails["crm"]?.["cdcInsertCounter"] === 3);
    const path = `/api/migrations/${id}`;
    const told = {
      object: "public.item",
      message: expect.stringMatching(/^UPDATE at [0-9A-F/]+: .* Row: id = 7\.$/),
    };
    expect((await send("GET", path)).body).toMatchObject({
      substate: "WaitingForCutoverTrigger",
      online: { databases: [{ divergences: 1 }] },
      problems: [{ ...told, severity: "warning", code: "CHANGE_DIVERGED", database: "crm" }],
    });
    const headers = { authorization: `Bearer ${await createApiToken({ name: "reader", role: "viewer" })}` };
    const log = await fetch(`${app.baseUrl}${path}/log?format=jsonl`, { headers });
    const lines = (await log.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ kind }) => kind === "diverged")).toEqual([expect.objectContaining(told)]);
    expect(lines.filter(({ code }) => code === "CHANGE_DIVERGED")).toEqual([expect.objectContaining(told)]);
    // As on the source again, so that both sides can be compared at the end.
    await runSql(
      settingsOf(app.target, "crm"),
      "set session_replication_role = replica",
      "insert into item values (7, 'lost')",
    );
  }
});

interface Status {
  state: string;
  currentSubStateDetails: { currentSubState: string; dbDetails: Record<string, Record<string, unknown>> };
}

async function statusOf(name: string, isThere: (status: Status) => boolean): Promise<Status> {
  let last: Status | null = null;
  for (let look = 0; look < 800; look++) {
    const answer = await send("GET", `${migrationPath(name)}?${VERSION}`);
    const status = propertiesOf(answer)["currentStatus"] as Status;
    if (isThere(status)) return status;
    last = status;
    if (status.state === "Failed") throw new Error(JSON.stringify(status));
    await sleep(100);
  }
  throw new Error(`${name} did not get there: ${JSON.stringify(last)}`);
}
