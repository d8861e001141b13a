import { expect, test, vi } from "vitest";
import { serversForFile } from "../testing/server-pair";
import { queryRows, runSql } from "../testing/with-session";
import type { OutputPlugin } from "./change-stream";
import {
  type Following,
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  type OnlinePair,
} from "./testing/following";

const servers = serversForFile(12, 18);

const SCHEMA = [
  "create table one (id int primary key, v text)",
  "insert into one select i, 'old' from generate_series(1, 100) i",
  "create table two (id int primary key, v text)",
  "insert into two select i, 'old' from generate_series(1, 100) i",
  "create table kept (id int primary key, v text)",
  "create table whole (id int primary key) partition by range (id)",
  "create table whole_1 partition of whole for values from (0) to (10)",
  "create table loose (id int primary key)",
  "insert into loose values (15)",
  "insert into whole values (5)",
];

/** What stands in these tables on the source stands on the target. */
async function expectSame({ source, target }: OnlinePair, ...tables: string[]): Promise<void> {
  for (const table of tables) {
    const sql = `select * from ${table} order by id`;
    expect(await queryRows(target, sql), table).toEqual(await queryRows(source, sql));
  }
}

/** One that ended before it had kept a stop tells of it again. */
function stopsOf(...followings: Following[]): string[] {
  const lines = followings.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type === "table-stopped" ? `${event.table.name}: ${event.stop}, ${event.failure.severity}` : [],
    ),
  );
  return [...new Set(lines)].sort();
}

const BOTH = ["one: replaced, warning", "two: replaced, warning"];

test.concurrent.each<OutputPlugin>(["test_decoding", "pgoutput"])(
  "a table that is dropped and made again, or replaced by another one, is copied again (%s)",
  async (plugin) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `replaced_${plugin}`, SCHEMA);
    const start = await moveOnline(pair, plugin);
    const first = follow(pair, start);
    await first.event("caught-up");
    await runSql(
      pair.source,
      "begin; drop table one; create table one (id int primary key, v text); insert into one values (1, 'new'), (200, 'new'); commit",
      "update one set v = 'newer' where id = 1",
      "insert into kept values (1, 'kept')",
      "alter table whole attach partition loose for values from (10) to (20)",
      "create table whole_2 partition of whole for values from (20) to (30)",
      "insert into whole values (6), (16), (26)",
    );
    // A look at the catalogue comes every 30 s only: a change that does not fit has it looked at sooner.
    if (plugin === "test_decoding") await first.event("table-stopped");
    first.abort(new Error("stopped"));
    await expect(first.result).rejects.toThrow("stopped");
    expect(first.events.filter(({ type }) => type === "diverged")).toEqual([]);

    await runSql(
      pair.source,
      "create table other (like two including all)",
      "insert into other values (1, 'other')",
      "begin; alter table two rename to two_before; alter table other rename to two; commit",
    );
    const second = follow(pair, start);
    await second.event("table-stopped", plugin === "test_decoding" ? 1 : 2);
    await second.event("caught-up");
    const { cutover, failures } = await second.cutOver();
    expect(stopsOf(first, second)).toEqual(BOTH);
    expect(first.restarts + second.restarts).toBe(0);
    expect(failures).toEqual([]);
    expect(cutover.unfollowed.map(({ name, reason }) => [name, reason]).sort()).toEqual([
      ["loose", "other-parent"],
      ["two_before", "new"],
      ["whole_2", "new"],
    ]);
    await expectSame(pair, "one", "two", "kept", "whole_1", "loose");
    expect(await leftovers(pair)).toEqual([]);
  },
);

test.concurrent("a table that is replaced without a change that tells is found at the cutover", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "unseen", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  const following = follow(pair, start);
  await following.event("caught-up");
  await following.event("follow-progress", 3);
  await runSql(
    pair.source,
    "begin; drop table one; create table one (id int primary key, v text); insert into one values (7, 'new'); commit",
  );
  following.wish = { kind: "rehearse", id: "1" };
  expect((await following.event("rehearsed")).cutover.unfollowed).toEqual([]);
  await runSql(pair.source, "insert into one values (8, 'newer')");
  const { cutover, failures } = await following.cutOver();
  expect(stopsOf(following)).toEqual(BOTH.slice(0, 1));
  expect([failures, cutover.unfollowed]).toEqual([[], []]);
  await expectSame(pair, "one", "two");
});

test.concurrent("a TRUNCATE that the stream does not tell of is known by the table's file", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "untold", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  // As before PostgreSQL 11.
  const untold = `alter publication ${pair.name} set (publish = 'insert, update, delete')`;
  await runSql(pair.source, untold, "truncate one", "insert into one values (1, 'new'), (300, 'new')");
  const following = follow(pair, start);
  await following.event("table-stopped");
  await runSql(pair.source, "truncate two", "insert into kept values (1, 'kept')");
  const { cutover, failures } = await following.cutOver();
  expect(stopsOf(following)).toEqual(BOTH);
  expect([failures, cutover.unfollowed]).toEqual([[], []]);
  expect(cutover.steps.map(({ step }) => step)).toContain("recopy");
  await expectSame(pair, "one", "two", "kept");
});

test.concurrent("large objects that are the same on both sides stay at the cutover", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "objects", [
    "select lo_from_bytea(n, decode(repeat('ab', 5000), 'hex')) from generate_series(1, 50) n",
    "select lo_from_bytea(60, 'gone'), lo_from_bytea(61, 'before')",
  ]);
  const start = await moveOnline(pair, "test_decoding");
  const written = "select loid::text, pageno, md5(data) as md5, xmin::text from pg_largeobject order by 1, 2";
  const before = await queryRows<{ loid: string; xmin: string }>(pair.target, written);
  await runSql(
    pair.source,
    "select lo_unlink(60), lo_put(61, 0, 'change'), lo_from_bytea(62, 'new')",
    "comment on large object 7 is 'told'",
  );
  const { failures } = await follow(pair, start).cutOver();
  expect(failures).toEqual([]);
  const after = await queryRows<{ loid: string; xmin: string }>(pair.target, written);
  const isStaying = ({ loid }: { loid: string }) => Number(loid) <= 50 && loid !== "7";
  expect(after.filter(isStaying)).toEqual(before.filter(isStaying));
  expect(before.filter(isStaying)).toHaveLength(49 * 3);
  const contents =
    "select oid::text, md5(lo_get(oid)) as md5, obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by oid";
  expect(await queryRows(pair.target, contents)).toEqual(await queryRows(pair.source, contents));
  expect(await leftovers(pair)).toEqual([]);
});

test.concurrent("where the stream tells of TRUNCATE a table that is rewritten is followed on", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "told", SCHEMA);
  const start = await moveOnline(pair, "test_decoding");
  await runSql(pair.source, "vacuum full one", "truncate two", "insert into two values (1, 'new')");
  const following = follow(pair, start);
  await following.event("caught-up");
  const { cutover, failures } = await following.cutOver();
  expect(stopsOf(following)).toEqual([]);
  expect([failures, cutover.unfollowed]).toEqual([[], []]);
  expect(cutover.steps.map(({ step }) => step)).not.toContain("recopy");
  await expectSame(pair, "one", "two");
});

test.concurrent("a table that loses its key is not published any more, so that the source takes its changes", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "keyless", SCHEMA);
  const start = await moveOnline(pair, "pgoutput");
  const first = follow(pair, start);
  await first.event("caught-up");
  // The catalogue is looked at in the beginning, and every 30 s.
  first.abort(new Error("stopped"));
  await expect(first.result).rejects.toThrow("stopped");
  await runSql(
    pair.source,
    "update one set v = 'before' where id = 1",
    "alter table one drop constraint one_pkey",
    "insert into one values (300, 'keyless')",
  );
  await expect(runSql(pair.source, "update one set v = 'refused'")).rejects.toThrow("replica identity");

  const second = follow(pair, start);
  await second.event("table-stopped");
  await vi.waitFor(() => runSql(pair.source, "update one set v = v || '!'"), 10_000);
  await runSql(pair.source, "delete from one where id = 2", "update two set v = 'followed'");
  const { cutover, failures } = await second.cutOver();
  expect(stopsOf(first, second)).toEqual(["one: no-identity, warning"]);
  expect([failures, cutover.unfollowed]).toEqual([[], []]);
  await expectSame(pair, "one", "two");
  expect(await leftovers(pair)).toEqual([]);
});
