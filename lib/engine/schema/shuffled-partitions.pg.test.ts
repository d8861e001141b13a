import { expect, test } from "vitest";
import { follow, leftovers, makeOnlinePair, moveOnline, type OnlinePair } from "../cdc/testing/following";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { queryRows, runSql, withSession } from "../testing/with-session";
import { complaints, repair, verifyAndCollect } from "../verify/testing/verify-and-collect";
import { readShuffledPartitions } from "./shuffled-partitions";

const servers = serversForFile(15, 18);

const SCHEMA = [
  "create type feeling as enum ('sad', 'ok', 'happy', 'angry', 'calm', 'bored', 'glad', 'mad')",
  // Other OIDs than on the target, whatever was made before.
  "create table mood (id int, m feeling not null, v text, primary key (id, m)) partition by hash (m)",
  ...[0, 1, 2].map(
    (n) => `create table mood_${n} partition of mood for values with (modulus 3, remainder ${n})`,
  ),
  "create index on mood (v)",
  "insert into mood select i, (enum_range(null::feeling))[1 + i % 8], md5(i::text) from generate_series(1, 2000) i",
  // Rows stay within the partition of their year.
  "create table nested (year int, m feeling[]) partition by list (year)",
  ...[2024, 2025].flatMap((year) => [
    `create table nested_${year} partition of nested for values in (${year}) partition by hash (m)`,
    ...[0, 1].map(
      (n) =>
        `create table nested_${year}_${n} partition of nested_${year} for values with (modulus 2, remainder ${n})`,
    ),
  ]),
  "insert into nested select 2024 + i % 2, array[(enum_range(null::feeling))[1 + i % 8]] from generate_series(1, 100) i",
  "create table plain (id int, m feeling) partition by hash (id)",
  "create table plain_0 partition of plain for values with (modulus 1, remainder 0)",
  "insert into plain select i, 'ok' from generate_series(1, 100) i",
  "create table of_mood (id int primary key, m feeling, foreign key (id, m) references mood)",
  "insert into of_mood select id, m from mood where id < 100",
];

/** Rows of the tables at the top, wherever they are. */
async function rowsOf(side: OnlinePair["source"]): Promise<unknown[]> {
  return await queryRows(
    side,
    `select 'mood' as at, id::text as a, m::text as b, v from mood union all
     select 'nested', year::text, m::text, '' from nested union all
     select 'of', id::text, m::text, '' from of_mood order by 1, 2, 3, 4`,
  );
}

test("partitions by hash of an enum are known, with the table within which their rows stay", async () => {
  const { source } = await makeOnlinePair(servers.source, servers.target, "known", SCHEMA);
  const found = await withSession(source, (client) => readShuffledPartitions(client, 150_000));
  expect([...found].map(([leaf, { name }]) => `${leaf} ${name}`).sort()).toEqual([
    '"public"."mood_0" mood',
    '"public"."mood_1" mood',
    '"public"."mood_2" mood',
    '"public"."nested_2024_0" nested_2024',
    '"public"."nested_2024_1" nested_2024',
    '"public"."nested_2025_0" nested_2025',
    '"public"."nested_2025_1" nested_2025',
  ]);
});

test("their rows move, are found equal, and what differs can be repaired", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "shuffled", SCHEMA);
  const { error, failures } = await moveAndReport(pair);
  expect(error).toBeNull();
  expect(failures).toEqual([]);
  expect(await rowsOf(pair.target)).toEqual(await rowsOf(pair.source));
  const placed = (side: OnlinePair["source"]) =>
    queryRows(side, "select tableoid::regclass::text, count(*) from mood group by 1 order by 1");
  // Otherwise this test shows nothing.
  expect(await placed(pair.target)).not.toEqual(await placed(pair.source));
  expect(complaints(await verifyAndCollect(pair.source, pair.target))).toEqual([]);

  await runSql(
    pair.target,
    "update mood set v = 'x' where id = 7",
    "delete from mood where id = 1008",
    "insert into mood values (5000, 'sad', 'more')",
    "insert into nested values (2024, '{ok}')",
  );
  const found = await verifyAndCollect(pair.source, pair.target);
  expect(found.rows.get("public.mood")?.map(({ kind, key }) => [kind, key["id"]])).toEqual(
    expect.arrayContaining([
      ["changed", "7"],
      ["missing", "1008"],
      ["extra", "5000"],
    ]),
  );
  await repair(pair.target, found.rows.values());
  expect(await rowsOf(pair.target)).toEqual(await rowsOf(pair.source));
});

test("a move that was interrupted copies all again that share their rows", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "interrupted", [
    ...SCHEMA,
    // Each of them a transaction of its own.
    "insert into mood select i, 'ok', repeat(md5(i::text), 12) from generate_series(10000, 22000) i",
    "insert into mood select i, 'sad', repeat(md5(i::text), 12) from generate_series(30000, 42000) i",
    "insert into mood select i, 'mad', repeat(md5(i::text), 12) from generate_series(50000, 62000) i",
    "insert into mood select i, 'calm', repeat(md5(i::text), 12) from generate_series(70000, 82000) i",
    "analyze",
  ]);
  const checkpoint = memoryCheckpoint();
  const abort = new AbortController();
  checkpoint.onAppend = () => abort.abort(new Error("stopped"));
  const limits = () => ({ bytesPerSecond: 5_000_000, connections: 1 });
  const interrupted = moveAndReport({ ...pair, checkpoint, limits, signal: abort.signal });
  await expect(interrupted).rejects.toThrow("stopped");
  const known = checkpoint.known?.parts.map(({ name }) => name) ?? [];
  expect(known.filter((name) => name.startsWith("mood_"))).toHaveLength(1);

  checkpoint.onAppend = () => undefined;
  const { failures, events } = await moveAndReport({ ...pair, checkpoint });
  expect(failures).toEqual([]);
  expect(events.filter(({ type }) => type === "table-kept")).toEqual([]);
  expect(await rowsOf(pair.target)).toEqual(await rowsOf(pair.source));
});

test("changes of them are there after the cutover", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "shuffled_on", SCHEMA);
  const following = follow(pair, await moveOnline(pair, "test_decoding"));
  await following.event("caught-up");
  await runSql(
    pair.source,
    "insert into mood values (6000, 'mad', 'new')",
    "update mood set m = 'calm' where id = 500",
    "delete from mood where id = 501",
    "insert into nested values (2025, '{sad,mad}')",
  );
  const { cutover, failures } = await following.cutOver();
  expect(failures).toEqual([]);
  expect(cutover.unfollowed).toEqual([]);
  expect(await rowsOf(pair.target)).toEqual(await rowsOf(pair.source));
  expect(await leftovers(pair)).toEqual([]);
});

test("a row that only the target has elsewhere is refused with what to do", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "moved_bounds", [
    "create function place(int) returns int language sql immutable as $$ select $1 $$",
    "create table placed (id int) partition by range (place(id))",
    "create table placed_low partition of placed for values from (0) to (100)",
    "create table placed_high partition of placed for values from (100) to (200)",
    "insert into placed values (1)",
    "create or replace function place(int) returns int language sql immutable as $$ select $1 + 100 $$",
  ]);
  const { failures } = await moveAndReport(pair);
  expect(failures).toMatchObject([
    {
      ...{ object: "public.placed_low", code: "CONSTRAINT_VIOLATED" },
      remedy: expect.stringContaining("--load-via-partition-root"),
    },
  ]);
  expect(await queryRows(pair.target, "select id from placed")).toEqual([]);
});
