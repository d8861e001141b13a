import { expect, test } from "vitest";
import { startFarNetwork } from "@/lib/engine/testing/far-network";
import { follow, type Pair } from "./testing/apply-all";
import { applyServers, expectEqual, onTarget, write } from "./testing/apply-servers";

const servers = applyServers();
const ROWS = 40_000;

/** Applies what was written to a target that is far away; returns in how many pieces it came. */
async function piecesOf(pair: Pair): Promise<number> {
  await using far = await startFarNetwork(servers.target, 200);
  const { host, port } = far;
  await using following = await follow({ ...pair, target: { ...pair.target, host, port } });
  await following.caughtUp();
  expect(following.applier.counters).toMatchObject({ inserts: ROWS, pendingChanges: 0 });
  await expectEqual(pair);
  // Each piece has a transaction, or a savepoint, of its own.
  const sql = "select count(distinct xmin::text)::int as pieces from a where id > 100";
  const [row] = await onTarget<{ pieces: number }>(pair.target, sql);
  return row?.pieces ?? 0;
}

test("small transactions gather in larger batches while a far target answers", async () => {
  const pair = await servers.pairOf();
  await write(
    pair,
    "set synchronous_commit = off",
    `do $$ begin for i in 101..${ROWS + 100} loop insert into a values (i, i, 'new'); commit; end loop; end $$`,
  );
  expect(await piecesOf(pair)).toBeLessThan(ROWS / 5_000);
});

test("so does a large transaction", async () => {
  const pair = await servers.pairOf();
  await write(pair, `insert into a select i, i, 'new' from generate_series(101, ${ROWS + 100}) i`);
  expect(await piecesOf(pair)).toBeLessThan(ROWS / 5_000);
});
