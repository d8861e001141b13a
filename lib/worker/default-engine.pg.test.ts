import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { requestCancel } from "@/lib/store/wishes";
import { underLoad } from "@/lib/util/testing/under-load";
import { startWorker, type Worker } from "./start-worker";

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let worker: Worker;
let count = 0;

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  for (const database of ["shop", "postgres"]) {
    if (database !== "postgres") await run(source, "postgres", `create database ${database}`);
    await run(source, database, "create table small (id int primary key, label text)");
    await run(source, database, "insert into small select i, 'label ' || i from generate_series(1, 1000) i");
  }
  await run(source, "shop", "create table big (id bigint primary key, payload text, amount numeric)");
  await run(
    source,
    "shop",
    "insert into big select i, repeat(md5(i::text), 8), i * 1.25 from generate_series(1, 400000) i",
  );
  await run(source, "shop", "create index big_amount on big (amount)");
});

beforeEach(async () => {
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});

afterEach(async () => {
  await worker?.stop();
  await run(target, "template1", "drop database if exists shop with (force)");
});

afterAll(async () => {
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function run(on: TestServer, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect({ ...on, database, sslMode: "Prefer" });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function create(properties: Parameters<typeof bodyOf>[2]): Promise<string> {
  const server = await registerServer(target);
  const body = bodyOf(source, target, properties);
  return (await createMigration({ server, name: `e-${++count}`, body, actor: "test" })).id;
}

function read(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: { databases: { include: { problems: true } }, events: true },
  });
}

async function ending(id: string, ms: number) {
  const until = performance.now() + ms;
  for (;;) {
    const row = await read(id);
    if (row.substate === "Completed") return row;
    if (performance.now() > until) throw new Error(`still ${row.substate}`);
    await sleep(50);
  }
}

const CHECKSUM = "select count(*)::int as n, md5(string_agg(b::text, ',' order by id)) as sum from big b";
const SESSIONS = `select pid from pg_stat_activity
  where pid <> pg_backend_pid() and backend_type = 'client backend' and datname in ('shop', 'postgres')`;

it("moves a database by the real engine and reports every table", async () => {
  const id = await create({ dbsToMigrate: ["shop"] });
  const row = await ending(id, 60_000);
  expect([row.state, row.error]).toEqual(["Succeeded", null]);
  expect(await run(target, "shop", CHECKSUM)).toEqual(await run(source, "shop", CHECKSUM));
  expect(row.databases[0]).toMatchObject({
    state: "Succeeded",
    phase: "done",
    rowsCopied: 401_000n,
    tablesCompleted: 2,
    tablesQueued: 0,
    tablesLoading: 0,
    tablesErrored: 0,
  });
  expect(row.databases[0]?.bytesCopied).toBeGreaterThan(100_000_000n);
  expect(row.phases).toMatchObject(
    ["prerequisites", "validation", "schema", "copy", "indexes", "finish"].map((phase) => ({ phase })),
  );
  const tables = await store().migrationTable.findMany({ where: { database: { migrationId: id } } });
  expect(tables.map(({ state, format }) => [state, format])).toEqual([
    ["completed", "binary"],
    ["completed", "binary"],
  ]);
});

it("replaces the maintenance database itself when that is asked for", async () => {
  const id = await create({ dbsToMigrate: ["postgres"], overwriteDbsInTarget: "True" });
  expect((await ending(id, 30_000)).state).toBe("Succeeded");
  expect(await run(target, "postgres", "select count(*)::int as n from small")).toEqual([{ n: 1000 }]);
});

it("cancels mid-copy in less than 5 s and leaves no session on either side", async () => {
  // Slow enough not to end before the cancel is read.
  const id = await create({ dbsToMigrate: ["shop"], howdah: { throttle: { megabytesPerSecond: 5 } } });
  await expect
    .poll(async () => (await read(id)).databases[0]?.bytesCopied ?? 0n, { timeout: 40_000, interval: 20 })
    .toBeGreaterThan(0n);
  const asked = performance.now();
  await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
  const row = await ending(id, 20_000);
  expect(performance.now() - asked).toBeLessThan(underLoad(5_000));
  expect([row.state, row.databases[0]?.state]).toEqual(["Canceled", "Canceled"]);
  await expect.poll(() => run(source, "template1", SESSIONS), { timeout: 40_000 }).toEqual([]);
  await expect.poll(() => run(target, "template1", SESSIONS), { timeout: 40_000 }).toEqual([]);
  expect(await run(target, "template1", "select 1 from pg_database where datname = 'shop'")).toEqual([]);
});
