import { describe, expect, test } from "vitest";
import { connect } from "@/lib/postgres/connect";
import { NO_LSN } from "@/lib/postgres/lsn";
import { currentLsn } from "../testing/capture";
import { applyAll, follow } from "./testing/apply-all";
import { applyServers, codeOf, expectEqual, onTarget, write } from "./testing/apply-servers";

const servers = applyServers();

describe("tables that are not applied", () => {
  const CASES = [
    {
      name: "a column more",
      stop: "columns-changed",
      ddl: "alter table b add column n int",
      work: "insert into b values (200, 1, 2)",
    },
    {
      name: "a column less",
      stop: "columns-changed",
      ddl: "alter table b drop column v",
      work: "insert into b values (200)",
    },
    {
      name: "a renamed column",
      stop: "columns-changed",
      ddl: "alter table b rename v to w",
      work: "update b set w = 1",
    },
    {
      name: "another type",
      stop: "columns-changed",
      ddl: "alter table b alter v type bigint",
      work: "update b set v = 1",
    },
    {
      name: "a new table",
      stop: "not-on-target",
      ddl: "create table c (id int primary key)",
      work: "insert into c values (1)",
    },
    {
      name: "no key",
      stop: "no-identity",
      ddl: "alter table b drop constraint b_pkey",
      work: "delete from b where id = 1",
    },
  ];

  test.each(CASES)("$name stops the table, and others go on", async ({ stop, ddl, work }) => {
    const pair = await servers.pairOf();
    await using following = await follow(pair);
    await write(pair, "update b set v = 5", "update a set v = 5");
    await following.caughtUp();
    await write(pair, ddl, work, "update a set v = 7");
    await following.caughtUp();
    expect(following.reported.stops).toMatchObject([
      { stop, failure: { object: expect.stringMatching(/public\.[bc]/) } },
    ]);
    expect(await onTarget(pair.target, "select distinct v from a")).toEqual([{ v: 7 }]);
    expect(await onTarget(pair.target, "select count(*)::int as n from b where v = 5")).toEqual([{ n: 100 }]);
    expect(following.applier.counters.pendingChanges).toBe(0);
  });

  test("those that are not followed, and transactions that a table has already", async () => {
    const pair = await servers.pairOf();
    await write(pair, "update a set v = 0", "update b set v = 0");
    const copied = await currentLsn(pair.source.client);
    await write(pair, "update a set v = v + 1 where id <= 3", "update b set v = v + 1 where id <= 3");
    const { applier } = await applyAll(pair, { tableLsn: ({ name }) => (name === "a" ? copied : null) });
    expect(applier.counters).toMatchObject({ updates: 3, transactions: 4 });
    expect(applier.tableChanges()).toEqual([
      { table: { schema: "public", name: "a" }, inserts: 0, updates: 3, deletes: 0, truncates: 0 },
    ]);
    expect(await onTarget(pair.target, "select count(*)::int as n from b where v = id")).toEqual([
      { n: 100 },
    ]);
  });
});

/** About 250 changes at a time. */
const PIECES = { bufferBytes: 64 * 1024 };

describe("a large transaction", () => {
  test("is never seen half, whatever is in it", async () => {
    const pair = await servers.pairOf();
    await using following = await follow(pair, PIECES);
    const seen = new Set<number>();
    let isDone = false;
    const watching = (async () => {
      const client = await connect(pair.target);
      while (!isDone) seen.add((await client.query("select count(*)::int as n from a")).rows[0].n);
      await client.end();
    })();
    await write(
      pair,
      `begin; insert into a select i, i, 'new' from generate_series(101, 9000) i; update a set v = v + 1 where id % 2 = 0;
       update a set id = -id where id % 500 = 0; truncate b; insert into b select i, i from generate_series(1, 500) i; commit`,
    );
    await following.caughtUp();
    isDone = true;
    await watching;
    expect([...seen].sort()).toEqual([100, 9_000].filter((n) => seen.has(n)).sort());
    expect(following.applier.counters).toMatchObject({ transactions: 1, pendingChanges: 0, truncates: 1 });
    await expectEqual(pair);
  });

  test("is applied to those tables only that do not have it", async () => {
    const pair = await servers.pairOf();
    await write(
      pair,
      "begin; update a set t = 'y'; insert into b select i, i from generate_series(101, 3000) i; update b set v = 0; commit",
    );
    const copied = await currentLsn(pair.source.client);
    await write(
      pair,
      "begin; insert into a select i, i, null from generate_series(101, 3000) i; insert into b values (0, 0); update a set v = 0; commit",
    );
    const { applier } = await applyAll(pair, { tableLsn: ({ name }) => (name === "b" ? copied : NO_LSN) });
    expect(await onTarget(pair.target, "select count(*)::int as n, max(t) as t from a")).toEqual([
      { n: 3_000, t: "y" },
    ]);
    expect(await onTarget(pair.target, "select count(*)::int as n from b")).toEqual([{ n: 101 }]);
    expect(applier.counters).toMatchObject({ transactions: 2, pendingChanges: 0 });
  });

  test("that diverges leaves nothing behind", async () => {
    const pair = await servers.pairOf();
    await onTarget(pair.target, "delete from b where id = 7");
    await write(
      pair,
      "begin; insert into a select i from generate_series(101, 2500) i; delete from b; commit",
    );
    expect((await codeOf(applyAll(pair, PIECES))).code).toBe("CHANGE_DIVERGED");
    expect(await onTarget(pair.target, "select count(*)::int as n from a")).toEqual([{ n: 100 }]);
  });
});
