import { expect, test, vi } from "vitest";
import { startFarNetwork } from "@/lib/engine/testing/far-network";
import { PipelineSession } from "./pipeline-session";
import { emptyReport, follow, openApplier, type Pair, pump } from "./testing/apply-all";
import { applyServers, codeOf, expectEqual, onTarget, write } from "./testing/apply-servers";

const servers = applyServers();
const ROWS = 40_000;

/** Transactions of one row each, whose keys follow those that are there. */
async function writeSmall(pair: Pair, rows: number): Promise<void> {
  await write(
    pair,
    "set synchronous_commit = off",
    `do $$ begin for i in 101..${rows + 100} loop insert into a values (i, i, 'new'); commit; end loop; end $$`,
  );
}

/** Applies what was written to a target that is far away; returns in how many pieces it came, and how often it was waited for. */
async function piecesOf(pair: Pair): Promise<{ pieces: number; waits: number }> {
  await using far = await startFarNetwork(servers.target, 200);
  const { host, port } = far;
  await using following = await follow({ ...pair, target: { ...pair.target, host, port } });
  const sync = vi.spyOn(PipelineSession.prototype, "sync");
  await following.caughtUp();
  const waits = sync.mock.calls.length;
  sync.mockRestore();
  expect(following.applier.counters).toMatchObject({ inserts: ROWS, pendingChanges: 0 });
  await expectEqual(pair);
  // Each piece has a transaction, or a savepoint, of its own.
  const sql = "select count(distinct xmin::text)::int as pieces from a where id > 100";
  const [row] = await onTarget<{ pieces: number }>(pair.target, sql);
  return { pieces: row?.pieces ?? 0, waits };
}

test("small transactions gather in larger batches while a far target answers, which is waited for once a batch", async () => {
  const pair = await servers.pairOf();
  await writeSmall(pair, ROWS);
  const { pieces, waits } = await piecesOf(pair);
  expect(pieces).toBeLessThan(ROWS / 5_000);
  // The table is looked up once.
  expect(waits).toBeLessThan(2 * pieces + 1);
});

test("so does a large transaction", async () => {
  const pair = await servers.pairOf();
  await write(pair, `insert into a select i, i, 'new' from generate_series(101, ${ROWS + 100}) i`);
  expect((await piecesOf(pair)).pieces).toBeLessThan(ROWS / 5_000);
});

test("a bad change behind a COMMIT under way leaves all before it committed, and counted", async () => {
  const pair = await servers.pairOf();
  await writeSmall(pair, ROWS);
  const bad = 30_100;
  await onTarget(pair.target, `insert into a values (${bad}, 0, 'not of the source')`);
  await using far = await startFarNetwork(servers.target, 120);
  const { host, port } = far;
  const farPair = { ...pair, target: { ...pair.target, host, port } };
  const reported = emptyReport();
  await using applier = await openApplier(farPair, reported);
  expect((await codeOf(pump(farPair, applier))).code).toBe("CHANGE_DIVERGED");
  expect(reported.divergences).toMatchObject([{ operation: "insert", key: { id: String(bad) } }]);
  const before = bad - 101;
  expect(applier.counters).toMatchObject({ divergences: 1, transactions: before, inserts: before });
  const there = "select count(*)::int as rows, max(id) as last from a where t = 'new'";
  expect(await onTarget(pair.target, there)).toEqual([{ rows: before, last: bad - 1 }]);

  await onTarget(pair.target, `delete from a where id = ${bad}`);
  await applier[Symbol.asyncDispose]();
  await using again = await openApplier(pair, reported);
  await pump(pair, again);
  expect(again.counters).toMatchObject({ inserts: ROWS - before });
  await expectEqual(pair);
});

test("killed while a COMMIT is under way, what it committed is not applied again", async () => {
  const pair = await servers.pairOf();
  await writeSmall(pair, ROWS);
  await using far = await startFarNetwork(servers.target, 120);
  const { host, port } = far;
  const farPair = { ...pair, target: { ...pair.target, host, port } };
  const applier = await openApplier(farPair, emptyReport());
  const pumping = codeOf(pump(farPair, applier));
  // The target knows of it before we do.
  const first = "select (count(*) > 100)::text as there from a";
  while ((await onTarget<{ there: string }>(pair.target, first))[0]?.there !== "true");
  await onTarget(
    pair.target,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'howdah apply' and datname = current_database()",
  );
  expect((await pumping).transient).toBe(true);
  const counted = applier.counters.inserts;
  await applier[Symbol.asyncDispose]();
  const [row] = await onTarget<{ rows: number }>(
    pair.target,
    "select count(*)::int as rows from a where id > 100",
  );
  expect(row?.rows).toBeGreaterThanOrEqual(Math.max(counted, 1));
  await using again = await openApplier(pair, emptyReport());
  await pump(pair, again);
  expect(again.counters.inserts).toBe(ROWS - (row?.rows ?? 0));
  await expectEqual(pair);
});
