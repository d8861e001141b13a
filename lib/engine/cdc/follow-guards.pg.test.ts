import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import { dropTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { dropCapture } from "./drop-capture";
import { captureName } from "./slots";
import {
  differences,
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  rowDifferences,
  startOf,
} from "./testing/following";

const servers = serversForFile(17, 18);
const { signal } = new AbortController();

const SCHEMA = [
  "create table one (id int primary key, v text)",
  "insert into one select i, md5(i::text) from generate_series(1, 100) i",
  "create table two (id int primary key, v text)",
  "create table nameless (v text)",
  "insert into nameless values ('a'), ('b')",
];

test("altered and new tables are told of, the others go on", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "ddl", [
    ...SCHEMA,
    "create table gone (id int primary key)",
    "create table quiet (id int primary key)",
    "create table made (id int primary key, a int, twice int generated always as (a * 2) stored)",
  ]);
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await following.event("caught-up");
  await runSql(
    pair.source,
    "alter table one add column more int",
    "insert into one values (1000, 'x', 1)",
    "create table three (id int primary key)",
    "insert into three values (1)",
    "alter table quiet add column unseen int",
    "alter table made drop twice, add twice int generated always as (a + a + 1) stored",
    "drop table gone",
    "insert into two values (1, 'two')",
  );
  const stopped = await following.event("table-stopped");
  expect(stopped).toMatchObject({ table: { name: "one" }, stop: "columns-changed" });
  const { cutover, failures } = await following.cutOver();
  expect(failures.map(({ object, code }) => [object, code])).toEqual([["public.one", "TABLE_CHANGED"]]);
  expect([...cutover.unfollowed].sort((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
    { schema: "public", name: "gone", reason: "dropped" },
    { schema: "public", name: "made", reason: "columns-changed" },
    { schema: "public", name: "one", reason: "columns-changed" },
    { schema: "public", name: "quiet", reason: "columns-changed" },
    { schema: "public", name: "three", reason: "new" },
  ]);
  expect(await queryRows(pair.target, "select id from two")).toEqual([{ id: 1 }]);
  expect(await leftovers(pair)).toEqual([]);
});

test("a stopped table stays so after a restart, and one without identity is copied again", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "stopped", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  const first = follow(pair, start);
  await first.event("caught-up");
  await runSql(pair.source, "update nameless set v = 'c' where v = 'b'");
  expect(await first.event("table-stopped")).toMatchObject({ stop: "no-identity" });
  await first.event(
    "follow-progress",
    first.events.filter(({ type }) => type === "follow-progress").length + 2,
  );
  first.abort(new Error("killed"));
  await expect(first.result).rejects.toThrow("killed");
  await runSql(pair.source, "insert into nameless values ('d')");
  const second = follow(pair, start);
  await second.event("caught-up");
  expect(await queryRows(pair.target, "select v from nameless order by 1")).toEqual([{ v: "a" }, { v: "b" }]);
  const { cutover, failures } = await second.cutOver();
  expect(failures).toEqual([]);
  expect(cutover.unfollowed).toEqual([]);
  expect(await differences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

test.each(["test_decoding", "pgoutput"] as const)(
  "%s: tables whose keys have generated columns are copied again",
  async (plugin) => {
    const made = "a int, twice int generated always as (a * 2) stored";
    const pair = await makeOnlinePair(servers.source, servers.target, `generated_${plugin}`, [
      `create table whole (${made} primary key)`,
      `create table part (k int, ${made}, primary key (k, twice))`,
      `create table changed (k int, ${made}, primary key (k, twice))`,
      ...["part", "changed"].map((name) => `insert into ${name} values (1, 1), (1, 2), (1, 3), (2, 1)`),
      "insert into whole values (1), (2), (3)",
    ]);
    const following = follow(pair, await moveOnline(pair, plugin));
    await following.event("caught-up");
    await runSql(
      pair.source,
      "delete from whole where a = 2",
      "delete from part where a = 2",
      "update changed set a = 10 where k = 1 and a = 3",
      "insert into part values (3, 3)",
    );
    expect((await following.cutOver()).failures).toEqual([]);
    expect(await rowDifferences(pair)).toEqual([]);
    expect(await queryRows(pair.target, "select k, a from part order by 1, 2")).toEqual([
      { k: 1, a: 1 },
      { k: 1, a: 3 },
      { k: 2, a: 1 },
      { k: 3, a: 3 },
    ]);
    expect(await leftovers(pair)).toEqual([]);
  },
);

test("a published table that loses its key takes updates again within seconds", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "keyless", SCHEMA);
  const following = follow(pair, await moveOnline(pair, "pgoutput"));
  await following.event("caught-up");
  await runSql(pair.source, "insert into two values (1, 'a')", "alter table two drop constraint two_pkey");
  const update = () =>
    runSql(pair.source, "update two set v = 'b'").then(
      () => true,
      () => false,
    );
  expect(await update()).toBe(false);
  await expect.poll(update, { timeout: 10_000 }).toBe(true);
  expect(await following.event("table-stopped")).toMatchObject({
    table: { name: "two" },
    stop: "no-identity",
  });
  const { failures } = await following.cutOver();
  expect(failures).toEqual([]);
  expect(await queryRows(pair.target, "select id, v from two")).toEqual([{ id: 1, v: "b" }]);
  expect(await leftovers(pair)).toEqual([]);
});

test("more WAL than was allowed ends it, and the source is let go", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "budget", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  const bytesPerSecond = 1_000;
  const following = follow(pair, start, {
    walLimitBytes: 4_000_000,
    limits: () => ({ bytesPerSecond, connections: null }),
  });
  await following.event("follow-progress");
  await runSql(pair.source, "insert into two select i, repeat('x', 1000) from generate_series(1, 3000) i");
  expect(await following.event("wal-warning")).toMatchObject({ limitBytes: 4_000_000 });
  await runSql(pair.source, "insert into two select i, repeat('x', 1000) from generate_series(5000, 6500) i");
  await expect(following.result).rejects.toMatchObject({ code: "WAL_BUDGET_EXCEEDED", transient: false });
  expect(
    await queryRows(
      pair.source,
      "select slot_name from pg_replication_slots where database = current_database()",
    ),
  ).toEqual([]);
  await dropCapture({ ...pair, capture: pair, signal });
  expect(await leftovers(pair)).toEqual([]);
});

test("a slot that is dropped, or given up by the source, is said plainly", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "lost", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  const following = follow(pair, start);
  await following.event("caught-up");
  await runSql(
    pair.source,
    "select pg_terminate_backend(active_pid) from pg_replication_slots where active",
    `do $$ begin loop begin perform pg_drop_replication_slot('${pair.name}'); return; exception when object_in_use then
       perform pg_terminate_backend(active_pid) from pg_replication_slots where active; perform pg_sleep(0.01); end; end loop; end $$`,
  );
  await expect(following.result).rejects.toMatchObject({ code: "SLOT_LOST", transient: false });
  // The wish to cut over must not be taken for the rest of a cutover.
  await expect(follow(pair, start).cutOver()).rejects.toMatchObject({ code: "SLOT_LOST" });
  await dropCapture({ ...pair, capture: pair, signal });
  expect(await leftovers(pair)).toEqual([]);
});

test("a target that forgot what was applied is not gone on with", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "forgot", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  await runSql(pair.target, `select pg_replication_origin_drop('${pair.name}')`);
  await expect(follow(pair, start).result).rejects.toMatchObject({ code: "CHECKPOINT_UNUSABLE" });
  await dropCapture({ ...pair, capture: pair, signal });
  expect(await leftovers(pair)).toEqual([]);
});

test("a login without replication origins and session_replication_role keeps a row, and its keys wait", async () => {
  await runSql(settingsOf(servers.target), "create role plain login password 'secret' createdb");
  const pair = await makeOnlinePair(servers.source, servers.target, "plain", [
    ...SCHEMA,
    "create table child (id int primary key, one int references one)",
    "insert into child values (1, 1)",
  ]);
  await runSql(settingsOf(servers.target), `alter database ${pair.target.database} owner to plain`);
  const plain = { ...pair, target: { ...pair.target, user: "plain", password: "secret" } };
  await runSql(pair.target, "alter schema public owner to plain");
  const { error, result } = await moveAndReport({
    ...plain,
    capture: { name: pair.name, plugin: "test_decoding" },
  });
  expect(error).toBeNull();
  const start = startOf(result);
  expect(start.deferred.map(({ kind }) => kind)).toContain("foreign-key");
  const following = follow(plain, start);
  await following.event("caught-up");
  await runSql(pair.source, "insert into one values (500, 'new')", "insert into child values (2, 500)");
  following.wish = { kind: "rehearse", id: "r" };
  await following.event("rehearsed");
  expect(await queryRows(pair.target, "select name from howdah.progress")).toEqual([{ name: pair.name }]);
  await following.cutOver();
  expect(await queryRows(pair.target, "select id from child order by 1")).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await queryRows(pair.target, "select conname from pg_constraint where contype = 'f'")).toHaveLength(
    1,
  );
  expect(await leftovers(pair)).toEqual([]);
});

test("what is dropped is ours alone, and may be gone already", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "drop", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  const foreign = captureName("other", "drop");
  await runSql(
    pair.source,
    `select pg_create_logical_replication_slot('${foreign}', 'test_decoding')`,
    `create publication ${foreign}`,
  );
  const following = follow(pair, start, { goesOn: false });
  await following.event("caught-up");
  const capture = { name: pair.name };
  const dropping = dropCapture({ ...pair, capture, signal });
  await expect(following.result).rejects.toThrow();
  await dropping;
  expect(await leftovers(pair)).toEqual([`publication ${foreign}`]);
  expect(
    await queryRows(
      pair.source,
      "select slot_name::text as name from pg_replication_slots where database = current_database()",
    ),
  ).toEqual([{ name: foreign }]);
  await dropCapture({ ...pair, capture, signal });
  await dropTargetDatabase({ target: settingsOf(servers.target), name: pair.target.database, signal });
  await dropCapture({ ...pair, capture, signal });
  const others = { ...pair, capture: { name: "someone_elses" }, signal };
  await expect(dropCapture(others)).rejects.toThrow(RangeError);
  await dropCapture({ ...pair, capture: { name: foreign }, signal });
});

test("another reader of the slot is ended when it does not go by itself", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "twice", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  const zombie = follow(pair, start, { goesOn: false });
  await zombie.event("caught-up");
  await runSql(pair.source, "insert into two values (9, 'nine')");
  const following = follow(pair, start);
  await sleep(100);
  zombie.abort(new Error("late"));
  await zombie.result.catch(() => undefined);
  await following.cutOver();
  expect(await differences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});
