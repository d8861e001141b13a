import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { leftSessions } from "@/lib/engine/testing/source-guard";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { store } from "@/lib/store/client";
import { requestPause, requestResume, requestRetry, setThrottle } from "@/lib/store/control-wishes";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { requestCancel } from "@/lib/store/wishes";
import { startWorker, type Worker } from "./start-worker";

// A server that is away, and a machine that is busy with other tests.
vi.setConfig({ testTimeout: 150_000 });

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let worker: Worker;
let count = 0;

const TABLES = 12;

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(17),
    startTestServer(17),
  ]);
  await runSql(settingsOf(source), "create database shop");
  const tables = Array.from({ length: TABLES }, (_, index) => [
    `create table t${index} (id int primary key, payload text)`,
    `insert into t${index} select i, repeat(md5(i::text), 20) from generate_series(1, 1500) i`,
  ]);
  await runSql(
    settingsOf(source, "shop"),
    ...tables.flat(),
    "create table orders (id int primary key, t0_id int references t0)",
    "insert into orders values (1, 1)",
    "create sequence numbers start 42",
  );
});

beforeEach(async () => {
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});

afterEach(async () => {
  await worker?.stop();
  for (const name of ["shop", "boutique"])
    await runSql(settingsOf(target), `drop database if exists ${name} with (force)`);
});

afterAll(async () => {
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function create(howdah: NonNullable<Parameters<typeof bodyOf>[2]>["howdah"] = {}): Promise<string> {
  const server = await registerServer(target);
  const body = bodyOf(source, target, { dbsToMigrate: ["shop"], migrationOption: "Migrate", howdah });
  return (await createMigration({ server, name: `c-${++count}`, body, actor: "test" })).id;
}

function read(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: { databases: { include: { problems: true } }, events: { orderBy: { id: "asc" } } },
  });
}

type Row = Awaited<ReturnType<typeof read>>;

async function until(id: string, what: string, look: (row: Row) => unknown): Promise<Row> {
  const end = performance.now() + 90_000;
  for (;;) {
    const row = await read(id);
    if (look(row)) return row;
    if (performance.now() > end || row.substate === "Completed") {
      const log = row.events.map(({ message }) => message).join("\n");
      throw new Error(`${what}: ${row.state}/${row.substate} ${row.error}\n${log}`);
    }
    await sleep(50);
  }
}

const ended = (row: Row) => row.substate === "Completed";

function kinds(row: Row, kind: string): Row["events"] {
  return row.events.filter((event) => event.kind === kind);
}

/** Slow enough to be met on its way: about 12 tables of 1 MB, one after the other so that the first are soon there. */
const SLOW = { jobs: 1, throttle: { megabytesPerSecond: 1 } };
const underWay = (row: Row) => (row.databases[0]?.tablesCompleted ?? 0) >= 2;

async function pausedMigration(): Promise<Row> {
  const id = await create(SLOW);
  await until(id, "under way", underWay);
  const wish = { migrationId: id, actor: "eve" };
  await Promise.all(Array.from({ length: 20 }, () => requestPause(wish)));
  return await until(id, "paused", (row) => row.pausedAt !== null);
}

it("a pause ends every session, survives a new worker, and what was copied is kept", async () => {
  const paused = await pausedMigration();
  const { id } = paused;
  const wish = { migrationId: id, actor: "eve" };
  expect(kinds(paused, "wish-received")).toHaveLength(1);
  expect([paused.state, paused.substate]).toEqual(["InProgress", "MigratingData"]);
  expect(paused.databases[0]).toMatchObject({ state: "InProgress", tablesLoading: 0 });
  expect(await leftSessions(source)).toEqual([]);
  expect(await leftSessions(target)).toEqual([]);
  await worker.stop();
  worker = await startWorker({ databaseUrl: testStore.url, name: "second" });
  await sleep(2_000);
  expect((await read(id)).version).toBe(paused.version);
  await setThrottle({ ...wish, throttle: { megabytesPerSecond: null } });
  await Promise.all(Array.from({ length: 20 }, () => requestResume(wish)));
  const row = await until(id, "ended", ended);
  expect([row.state, row.error, row.workerName]).toEqual(["Succeeded", null, "second"]);
  expect(kinds(row, "resumed")).toHaveLength(1);
  expect(kinds(row, "table-kept")[0]?.data).toMatchObject({ reason: "source-unchanged" });
  expect(row.databases[0]).toMatchObject({
    tablesCompleted: TABLES + 1,
    rowsCopied: BigInt(TABLES * 1500 + 1),
  });
  const tables = await store().migrationTable.findMany({ where: { database: { migrationId: id } } });
  for (const { format, startedAt, endedAt } of tables) {
    expect([format, startedAt, endedAt]).toEqual(["binary", expect.any(Date), expect.any(Date)]);
  }
  expect(await compareDatabases(settingsOf(source, "shop"), settingsOf(target, "shop"))).toEqual([]);
});

it("a paused migration can be canceled, and its database dropped", async () => {
  const { id } = await pausedMigration();
  await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
  const row = await until(id, "ended", ended);
  expect([row.state, row.pausedAt, row.databases[0]?.state]).toEqual(["Canceled", null, "Canceled"]);
  expect(await queryRows(settingsOf(target), "select from pg_database where datname = 'shop'")).toEqual([]);
});

it("limits hold from the moment they are set", async () => {
  // At this pace it would take longer than the test waits.
  const id = await create({ throttle: { megabytesPerSecond: 0.1 } });
  await until(id, "under way", (row) => (row.databases[0]?.bytesCopied ?? 0n) > 0n);
  await setThrottle({
    migrationId: id,
    actor: "eve",
    throttle: { megabytesPerSecond: 1_000, connections: 2 },
  });
  const row = await until(id, "ended", ended);
  expect([row.state, row.throttleBytesPerSecond, row.throttleConnections]).toEqual([
    "Succeeded",
    1_000_000_000n,
    2,
  ]);
});

it("what failed is retried under another name on the target; restarting begins anew", async () => {
  // A row without its parent, as a faulty restore leaves it.
  await runSql(
    settingsOf(source, "shop"),
    "set session_replication_role = replica",
    "insert into orders values (2, 99999)",
  );
  try {
    const passwords = { source: source.password, target: target.password };
    const id = await create({ databases: [{ name: "shop", targetName: "boutique" }] });
    const wish = { migrationId: id, actor: "eve", ...passwords };
    // Someone else's, of which the migration must not know.
    await runSql(settingsOf(target), "create database shop");
    const first = await until(id, "ended", ended);
    expect([first.state, first.attempt]).toEqual(["Failed", 1]);
    expect(first.databases[0]?.problems.length).toBeGreaterThan(0);
    await runSql(settingsOf(source, "shop"), "delete from orders where id = 2");
    await expect(requestPause(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => requestRetry({ ...wish, scope: "Failed" })),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const second = await until(id, "ended", ended);
    expect([second.state, second.error, second.attempt]).toEqual(["Succeeded", null, 2]);
    expect(second.databases[0]?.problems).toEqual([]);
    expect(kinds(second, "table-kept")[0]?.data).toMatchObject({ tables: TABLES, reason: "checksum-equal" });
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    expect(await compareDatabases(settingsOf(source, "shop"), settingsOf(target, "boutique"))).toEqual([]);
    const [untouched] = await queryRows(settingsOf(target, "shop"), "select to_regclass('t0') as t0");
    expect(untouched).toEqual({ t0: null });

    await store().migration.update({ where: { id }, data: { state: "Failed" } });
    const [before] = await queryRows(settingsOf(target), OID_OF_BOUTIQUE);
    await requestRetry({ ...wish, scope: "Everything" });
    const third = await until(id, "ended", ended);
    expect([third.state, third.attempt]).toEqual(["Succeeded", 3]);
    expect(await queryRows(settingsOf(target), OID_OF_BOUTIQUE)).not.toEqual([before]);
    expect(kinds(third, "ended")).toHaveLength(3);
  } finally {
    await runSql(settingsOf(source, "shop"), "delete from orders where id = 2");
  }
});

it("a server that is away is waited for, and the copy goes on when it is back", async () => {
  const id = await create(SLOW);
  await until(id, "under way", underWay);
  await target.kill();
  try {
    const waiting = await until(id, "waiting", (row) => row.databases[0]?.message?.includes("to come back"));
    expect(waiting.databases[0]).toMatchObject({ state: "InProgress" });
    expect(waiting.databases[0]?.message).toMatch(/^Waiting for the target to come back: /);
    expect(waiting.databases[0]?.tablesCompleted).toBeGreaterThanOrEqual(2);
    await sleep(3_000);
  } finally {
    target = await target.restart();
  }
  await setThrottle({ migrationId: id, actor: "eve", throttle: { megabytesPerSecond: null } });
  const row = await until(id, "ended", ended);
  expect([row.state, row.runEpoch, row.databases[0]?.message]).toEqual(["Succeeded", 1, null]);
  expect(kinds(row, "waiting")).toHaveLength(1);
  expect(kinds(row, "table-kept")).not.toEqual([]);
  expect(await compareDatabases(settingsOf(source, "shop"), settingsOf(target, "shop"))).toEqual([]);
});

const OID_OF_BOUTIQUE = "select oid from pg_database where datname = 'boutique'";

it("a target database that took the name meanwhile is not touched", async () => {
  const { id } = await pausedMigration();
  await runSql(settingsOf(target), "drop database shop with (force)", "create database shop");
  await runSql(settingsOf(target, "shop"), "create table precious ()");
  await requestResume({ migrationId: id, actor: "eve" });
  const row = await until(id, "ended", ended);
  expect([row.state, row.errorCode]).toEqual(["Failed", "DATABASE_EXISTS"]);
  const [kept] = await queryRows(settingsOf(target, "shop"), "select to_regclass('precious')::text as name");
  expect(kept).toEqual({ name: "precious" });
});
