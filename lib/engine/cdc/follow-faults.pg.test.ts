import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { underLoad } from "@/lib/util/testing/under-load";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { startTcpProxy } from "../testing/tcp-proxy";
import { queryRows, runSql, withSession } from "../testing/with-session";
import type { CutoverStep, FollowStart } from "./follow-options";
import {
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  type OnlinePair,
  rowDifferences,
  startOf,
} from "./testing/following";

let sourceServer: TestServer;
let targetServer: TestServer;

beforeAll(async () => {
  [sourceServer, targetServer] = await Promise.all([
    startTestServer(17, { settings: { wal_sender_timeout: "1s" } }),
    startTestServer(18),
  ]);
});

afterAll(async () => {
  await sourceServer?.[Symbol.asyncDispose]();
  await targetServer?.[Symbol.asyncDispose]();
});

const SCHEMA = [
  "create table account (id int primary key, balance int not null)",
  "insert into account select i, 100 from generate_series(1, 50) i",
  "create table entry (id serial primary key, account int references account, amount int)",
];

/** Moves money between accounts, each time with an entry, until stopped; the sum of all balances stays. */
async function write(settings: ConnectionSettings, signal: AbortSignal): Promise<void> {
  await withSession(settings, async (client) => {
    for (let at = 0; !signal.aborted; at++) {
      const [from, to] = [(at % 50) + 1, ((at * 7) % 50) + 1];
      await client.query(`begin;
        update account set balance = balance - 1 where id = ${from};
        update account set balance = balance + 1 where id = ${to};
        insert into entry (account, amount) values (${from}, -1), (${to}, 1); commit`);
      if (at % 20 === 0) await sleep(1);
    }
  });
}

/** Runs `during` while somebody writes to the source. */
async function whileWriting(pair: OnlinePair, during: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const writing = write(pair.source, stop.signal);
  try {
    await during();
  } finally {
    stop.abort();
    await writing;
  }
}

async function sumOf(settings: ConnectionSettings): Promise<number> {
  const rows = await queryRows<{ sum: number }>(settings, "select sum(balance)::int as sum from account");
  return rows[0]?.sum ?? 0;
}

test("ended again and again while others write, nothing is lost or done twice", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "ended", SCHEMA);
  await whileWriting(pair, async () => {
    const start = await moveOnline(pair, "test_decoding");
    for (let round = 0; round < 4; round++) {
      const following = follow(pair, start);
      await following.event("follow-progress", 1 + (round % 2));
      following.abort(new Error("killed"));
      await expect(following.result).rejects.toThrow("killed");
      expect(await sumOf(pair.target)).toBe(5000);
    }
    const last = follow(pair, start);
    await last.event("caught-up");
    last.abort(new Error("enough"));
    await expect(last.result).rejects.toThrow("enough");
    Object.assign(pair, { start });
  });
  const { start } = pair as OnlinePair & { start: Awaited<ReturnType<typeof moveOnline>> };
  await follow(pair, start).cutOver();
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

/** Moves `first`, and after a kill, when `between` was written, the other tables; their foreign keys wait for the stream. */
async function moveAtTwoPositions(
  pair: OnlinePair,
  first: readonly string[],
  between: readonly string[],
): Promise<FollowStart> {
  const checkpoint = memoryCheckpoint();
  const abort = new AbortController();
  const append = checkpoint.append.bind(checkpoint);
  checkpoint.append = async (parts) => {
    const noted = parts.filter(({ name }) => first.includes(name));
    await append(noted);
    if (noted.length > 0) abort.abort(new Error("killed"));
  };
  const settings = { ...pair, checkpoint, capture: { name: pair.name, plugin: "test_decoding" as const } };
  await expect(moveAndReport({ ...settings, signal: abort.signal })).rejects.toThrow("killed");
  checkpoint.append = append;
  await runSql(pair.source, ...between);
  return startOf((await moveAndReport(settings)).result);
}

test("tables of several positions come together, and then their foreign keys", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "positions", [
    ...SCHEMA,
    "create table region (id int primary key) partition by range (id)",
    "create table region_1 partition of region for values from (0) to (1000)",
    "insert into region select generate_series(1, 10)",
    "create table town (id int primary key, region int references region)",
    "insert into town select i, i from generate_series(1, 10) i",
  ]);
  const start = await moveAtTwoPositions(
    pair,
    ["account", "town"],
    [
      "insert into account values (60, 7)",
      "insert into entry (account, amount) values (60, 7)",
      "delete from town where id = 1",
      "delete from region where id = 1",
    ],
  );
  expect(new Set(start.tables.map(({ lsn }) => lsn)).size).toBe(2);
  expect(start.foreignKeys).toHaveLength(2);
  const following = follow(pair, start);
  await following.event("caught-up");
  const keys = "select conname from pg_constraint where contype = 'f' and conparentid = 0 and convalidated";
  expect(await queryRows(pair.target, keys)).toHaveLength(2);
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

/** A process that is stuck takes no timer and no signal: another thread ends it. */
function endIfStuck(ms: number): Disposable {
  const code =
    "setTimeout(() => process.kill(process.pid, 'SIGKILL'), require('node:worker_threads').workerData)";
  const thread = new Worker(code, { eval: true, workerData: ms });
  return { [Symbol.dispose]: () => void thread.terminate() };
}

test("foreign keys that are due while a transaction comes in pieces wait for its end", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "pieces", SCHEMA);
  const start = await moveAtTwoPositions(pair, ["account"], ["insert into account values (60, 7)"]);
  expect(start.foreignKeys).toHaveLength(1);
  await runSql(
    pair.source,
    "update account set balance = 8 where id = 60",
    "insert into entry (account, amount) select 60, i from generate_series(1, 4000) i",
  );
  await using proxy = await startTcpProxy(pair.source);
  proxy.slowTo(100_000);
  using _stuck = endIfStuck(60_000);
  const { host, port } = proxy;
  const following = follow({ ...pair, source: { ...pair.source, host, port } }, start);
  const keys = "select convalidated from pg_constraint where contype = 'f'";
  await following.event("caught-up");
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await queryRows(pair.target, keys)).toEqual([{ convalidated: true }]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

test("a target that is killed in the middle is gone on with within 15 s", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "restart", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  const following = follow(pair, start);
  await following.event("caught-up");
  await whileWriting(pair, async () => {
    await sleep(500);
    targetServer = await targetServer.restart();
    const backAt = performance.now();
    const seen = following.events.length;
    for (;;) {
      const later = following.events.slice(seen);
      if (later.some((event) => event.type === "follow-progress" && event.figures.appliedChanges > 0)) break;
      await Promise.race([sleep(20), following.result]);
    }
    expect(performance.now() - backAt).toBeLessThan(underLoad(15_000));
  });
  expect(following.restarts).toBeGreaterThan(0);
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

test("a source that is killed is gone on with", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "crash", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await following.event("caught-up");
  await runSql(pair.source, "insert into entry (account, amount) select 1, 1 from generate_series(1, 2000)");
  await sourceServer.kill();
  sourceServer = await sourceServer.restart();
  await runSql(pair.source, "insert into entry (account, amount) values (2, 2)");
  expect((await following.cutOver()).failures).toEqual([]);
  expect(following.restarts).toBeGreaterThan(0);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

const STEPS: CutoverStep[] = ["apply", "materialized-views", "triggers-and-rules", "clean-up"];

test.each(STEPS)("a cutover that was ended after %s is done when it is asked for again", async (step) => {
  const database = `step_${step.replaceAll("-", "_")}`;
  const pair = await makeOnlinePair(sourceServer, targetServer, database, [
    ...SCHEMA,
    "create view poor as select * from account where balance < 100",
    "create function deny() returns trigger language plpgsql as 'begin raise exception $$denied$$; end'",
    "create trigger denied before delete on account for each row execute function deny()",
  ]);
  const start = await moveOnline(pair, "pgoutput");
  await runSql(pair.source, "insert into entry (account, amount) values (1, 1)");
  const first = follow(pair, start);
  first.wish = { kind: "cutover" };
  for (;;) {
    const { events } = first;
    if (events.some((event) => event.type === "cutover-step" && event.step === step)) break;
    await Promise.race([sleep(1), first.result]);
  }
  first.abort(new Error("killed"));
  await first.result.catch(() => undefined);
  const { cutover, failures } = await follow(pair, start).cutOver();
  expect(failures).toEqual([]);
  expect(cutover.steps.at(-1)?.step).toBe("clean-up");
  expect(await leftovers(pair)).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
});

describe.concurrent.each(["source", "target"] as const)("a bad network to the %s", (side) => {
  test.each(["cut", "stalled"] as const)("%s", async (fault) => {
    const direct = await makeOnlinePair(sourceServer, targetServer, `${fault}_${side}`, SCHEMA);
    const start = await moveOnline(direct, "test_decoding");
    await using proxy = await startTcpProxy(direct[side]);
    const pair = { ...direct, [side]: { ...direct[side], host: proxy.host, port: proxy.port } };
    const following = follow(pair, start);
    await following.event("caught-up");
    await whileWriting(direct, async () => {
      await sleep(200);
      if (fault === "cut") proxy.cut();
      else proxy.stall();
      await sleep(2_000);
      if (fault === "stalled") proxy.resume();
      await sleep(500);
    });
    expect((await following.cutOver()).failures).toEqual([]);
    expect(await rowDifferences(direct)).toEqual([]);
    expect(await leftovers(direct)).toEqual([]);
  });
});

/** With the pause of the owner, who calls again. */
const GOES_ON_WITHIN_MS = 15_000;

/** Lets connections die so that nobody is told, and waits until what was written then is on the target. */
async function survivesSilence(side: "source" | "target", name: string | null): Promise<void> {
  const database = `silent_${side}_${name === null ? "all" : "one"}`;
  const direct = await makeOnlinePair(sourceServer, targetServer, database, SCHEMA);
  const start = await moveOnline(direct, "pgoutput");
  await using proxy = await startTcpProxy(direct[side]);
  const pair = { ...direct, [side]: { ...direct[side], host: proxy.host, port: proxy.port } };
  const following = follow(pair, start);
  await following.event("caught-up");
  const brokenAt = performance.now();
  if (name === null) proxy.halfOpen("client");
  else proxy.stallOnly(name);
  await runSql(direct.source, "insert into entry (account, amount) values (1, 1)");
  while ((await queryRows(direct.target, "select from entry")).length === 0)
    await Promise.race([sleep(100), following.result]);
  expect(performance.now() - brokenAt).toBeLessThan(underLoad(GOES_ON_WITHIN_MS));
  expect(following.restarts).toBeGreaterThan(0);
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await rowDifferences(direct)).toEqual([]);
  expect(await leftovers(direct)).toEqual([]);
}

test.concurrent("connections that die in silence are noticed", async () => {
  await Promise.all([
    survivesSilence("source", "howdah follow"),
    survivesSilence("target", "howdah apply"),
    survivesSilence("source", null),
    survivesSilence("target", null),
  ]);
});

test.concurrent("a target that works, or waits for a lock, for longer than a dead one is waited for", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "patient", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await following.event("caught-up");
  await withSession(pair.target, async (client) => {
    await client.query("begin; lock table entry");
    await runSql(pair.source, "insert into entry (account, amount) values (1, 1)");
    await sleep(9_000);
    await client.query("commit");
  });
  expect((await following.cutOver()).failures).toEqual([]);
  expect(following.restarts).toBe(0);
  expect(await rowDifferences(pair)).toEqual([]);
});

test.concurrent("an idle source, and a slow target longer than wal_sender_timeout, keep the stream", async () => {
  const pair = await makeOnlinePair(sourceServer, targetServer, "idle", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  let bytesPerSecond: number | null = null;
  const following = follow(pair, start, { limits: () => ({ bytesPerSecond, connections: null }) });
  await following.event("caught-up");
  await sleep(2_500);
  bytesPerSecond = 4_000;
  await runSql(
    pair.source,
    ...Array.from({ length: 30 }, (_, at) => `update account set balance = ${at} where id <= 50`),
  );
  await sleep(2_500);
  bytesPerSecond = null;
  expect((await following.cutOver()).failures).toEqual([]);
  expect(following.restarts).toBe(0);
  expect(await rowDifferences(pair)).toEqual([]);
});
