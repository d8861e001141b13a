import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { runSql } from "../with-session";
import { compareEnds } from "./compare-ends";
import { judge, judgeAll, readPast } from "./judge";
import { type Look, Watcher } from "./look";
import { type NativeSubscription, subscribe } from "./native-subscription";
import { createOnlineSource } from "./online-source";
import { ONLINE_TABLES } from "./online-tables";
import { startWriters } from "./writers";

/**
 * The checker is tried on what is known to be exact, PostgreSQL's own logical replication, and on faults planted in it: it is worth
 * only as much as it finds.
 */
const NOT_REPLICATED = { sequences: false, exempt: new Set(["s.quiet", "s.scratch"]) };
const OPTIONS = { tables: ONLINE_TABLES };

let from: TestServer;
let to: TestServer;
let source: ConnectionSettings;
let native: NativeSubscription;
let watcher: Watcher;

beforeAll(async () => {
  [from, to] = await Promise.all([startTestServer(12), startTestServer(18)]);
  source = await createOnlineSource(from, "app");
  native = await subscribe(source, to, "app");
  watcher = new Watcher(native.target, ONLINE_TABLES);
});

afterAll(async () => {
  await watcher?.[Symbol.asyncDispose]();
  await native?.[Symbol.asyncDispose]();
  await from?.[Symbol.asyncDispose]();
  await to?.[Symbol.asyncDispose]();
});

/** Looks while writers write so many transactions, and one when everything has arrived. */
async function watchWriters(seed: number, transactions: number): Promise<Look[]> {
  const looks: Look[] = [];
  const look = async () => {
    const taken = await watcher.look();
    if (taken) looks.push(taken);
  };
  await using writers = startWriters({ source, seed, count: 4, bulkRows: 500 });
  const written = () => (looks.at(-1)?.last ?? 0) - (looks[0]?.last ?? 0);
  while (written() < transactions) {
    await look();
    await sleep(20);
  }
  await writers.stop();
  await native.caughtUp();
  await look();
  return looks;
}

test("every look at an exact replica is a prefix of the source, and the ends are equal", async () => {
  const looks = await watchWriters(1, 300);
  const past = await readPast(source);
  expect(new Set(looks.map(({ last }) => last)).size, "looks between the transactions").toBeGreaterThan(10);
  expect(looks.at(-1)?.last).toBe(past.entries.length);
  expect(judgeAll(looks, past, OPTIONS)).toEqual([]);
  expect(await compareEnds(source, native.target, NOT_REPLICATED)).toEqual([]);
  // The source itself keeps to the rules and to its tally, in the tables too that are not replicated.
  await using own = new Watcher(source, ONLINE_TABLES);
  const look = await own.look();
  const everything = ONLINE_TABLES.map((table) => ({ ...table, followed: "exact" as const }));
  expect(look && judge(look, past, { tables: everything })).toEqual([]);
});

/** Writes to the replica as an applier does: no trigger fires. */
async function plant(...statements: string[]): Promise<void> {
  const lines = ["set session_replication_role = replica", "begin", ...statements, "commit"];
  await runSql(native.target, lines.join("; "));
}

async function transfer(seq: number, [from, to]: [number, number], amount: number): Promise<void> {
  const change = `update s.account set balance = balance + (case id when ${from} then -${amount} else ${amount} end) where id in (${from}, ${to})`;
  await runSql(source, ["begin", change, `select s.book(9, ${seq}, 'transfer')`, "commit"].join("; "));
}

const give = (id: number, amount: number) =>
  `update s.account set balance = balance + ${amount} where id = ${id}`;
const unbook = (seq: number) => `delete from s.ledger where writer = 9 and seq = ${seq}`;

test("lost, doubled, halved, swapped and turned back transactions are found, though the end may be equal", async () => {
  await runSql(
    source,
    "begin; insert into s.bare values (-1, 'row'); select s.book(8, 1, 'add-bare'); commit",
  );
  await transfer(1, [1, 2], 7);
  await transfer(2, [3, 4], 11);
  await transfer(3, [5, 6], 13);
  await native.caughtUp();
  const past = await readPast(source);
  const last = past.entries.length;
  const saved = ["create table if not exists kept as select * from s.ledger where writer = 9"];
  await plant(...saved);
  const rebook = (seq: number) => `insert into s.ledger select * from kept where seq = ${seq}`;
  /** Faults of one look while the fault is there. */
  const during = async (wrong: string[], right: string[]) => {
    await plant(...wrong);
    const look = await watcher.look();
    await plant(...right);
    if (!look) throw new Error("no look");
    return { look, faults: judge(look, past, OPTIONS).map((fault) => fault.replace(/^look of \S+ at /, "")) };
  };

  expect((await during([], [])).faults).toEqual([]);
  const gap = `transaction ${last}: not so: the ledger has no gaps`;
  const lost = await during([give(3, 11), give(4, -11), unbook(2)], [give(3, -11), give(4, 11), rebook(2)]);
  expect(lost.faults).toContain(gap);
  expect(lost.faults.join("\n")).toContain(`account has 50 rows`);
  expect(lost.faults.join("\n")).toContain(`${last - 1} (transfer) is missing`);
  // As if the third had been applied before the second, which then came.
  expect(judgeAll([lost.look], past, OPTIONS)).not.toEqual([]);

  const doubled = await during([give(1, -7), give(2, 7)], [give(1, 7), give(2, -7)]);
  expect(doubled.faults).toHaveLength(1);
  expect(doubled.faults[0]).toMatch(/^transaction \d+: account has .*: none of its states/);

  const twice = await during(
    ["insert into s.bare values (-1, 'row')"],
    ["delete from s.bare where ctid = (select min(ctid) from s.bare where a = -1)"],
  );
  expect(twice.faults).toHaveLength(1);
  expect(twice.faults[0]).toContain(`${last - 3} (add-bare) is there twice`);

  const half = await during([give(5, 13)], [give(5, -13)]);
  expect(half.faults).toHaveLength(2);
  expect(half.faults[0]).toContain("the sum of all balances never changes");
  expect(half.faults[1]).toContain("none of its states");

  const early = await during([unbook(3)], [rebook(3)]);
  expect(early.faults).toHaveLength(1);
  expect(early.faults[0]).toContain(`its state after transaction ${last}`);

  const before = (await during([], [])).look;
  const back = await during([give(5, 13), give(6, -13), unbook(3)], [give(5, -13), give(6, 13), rebook(3)]);
  expect(back.faults, "by itself it is a prefix").toEqual([]);
  expect(judgeAll([before, back.look], past, OPTIONS)).toEqual([
    `look of ${back.look.at}: back at ${last - 1} after ${last}`,
  ]);
  expect(judgeAll([before, back.look], past, { ...OPTIONS, resets: [back.look.at] })).toEqual([]);

  const ahead = await during(
    ["insert into s.ledger select n + 1, writer, seq + 1, kinds, sums from kept where seq = 3"],
    [unbook(4)],
  );
  expect(ahead.faults).toEqual([
    `transaction ${last + 1}: transaction ${last + 1} was never committed on the source, which has ${last}`.replace(
      /^transaction \d+: /,
      "",
    ),
  ]);
  await plant("drop table kept");
  expect(await compareEnds(source, native.target, NOT_REPLICATED)).toEqual([]);
});

test.each([
  [
    "a large value is lost",
    "update s.document set body = null where id = (select min(id) from s.document where body is not null)",
    "document",
  ],
  ["one of two equal rows is lost", "insert into s.bare values (1, null)", "bare"],
  [
    "a trigger has fired here, too",
    "insert into s.history (id, counter_id, value) values (-1, 1, 1)",
    "history",
  ],
])("%s", async (_, sql, name) => {
  const before = await watcher.look();
  await plant(sql);
  const look = await watcher.look();
  const past = await readPast(source);
  expect(before && judge(before, past, OPTIONS).filter((fault) => fault.includes(`: ${name} has`))).toEqual(
    [],
  );
  expect(look && judge(look, past, OPTIONS).filter((fault) => fault.includes(`: ${name} has`))).toHaveLength(
    1,
  );
  expect((await compareEnds(source, native.target, NOT_REPLICATED)).join("\n")).toContain(
    `s.${name}: only on the`,
  );
});

test("sequences and tables that are only on one side", async () => {
  const differences = await compareEnds(source, native.target);
  expect(differences.join("\n")).toMatch(/^s\.batch_id_seq: source 1 rows, target 1/m);
  await runSql(native.target, "create table s.extra ()");
  expect(await compareEnds(source, native.target, NOT_REPLICATED)).toContain("s.extra is only on the target");
});

test("a replica that leaves a row out now and then is caught while it runs", async () => {
  await runSql(
    native.target,
    "create function s.swallow() returns trigger language plpgsql as 'begin return null; end'",
    "create trigger swallow before insert on s.child for each row when (new.id % 5 = 0) execute function s.swallow()",
    "alter table s.child enable replica trigger swallow",
  );
  const looks = await watchWriters(2, 150);
  const faults = judgeAll(looks, await readPast(source), OPTIONS);
  expect(faults.filter((fault) => fault.includes(": child has")).length).toBeGreaterThan(0);
});
