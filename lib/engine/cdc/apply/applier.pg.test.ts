import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn, NO_LSN } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import { startTcpProxy } from "../../testing/tcp-proxy";
import { currentLsn, openStream, readUntil } from "../testing/capture";
import type { Applier } from "./applier";
import type { ApplierOptions } from "./apply-options";
import { dropProgress } from "./progress";
import {
  applyAll,
  contentsOf,
  emptyReport,
  follow,
  makePair,
  openApplier,
  type Pair,
  pump,
} from "./testing/apply-all";

const TABLES = [
  "create table a (id int primary key, v int, t text)",
  "create table b (id int primary key, v int)",
  "insert into a select i, i, 'x' from generate_series(1, 100) i",
  "insert into b select i, i from generate_series(1, 100) i",
];

let source: TestServer;
let target: TestServer;
const pairs: Pair[] = [];

beforeAll(async () => {
  [source, target] = await Promise.all([
    startTestServer(18, { settings: { max_replication_slots: "64" } }),
    startTestServer(18),
  ]);
});

afterAll(async () => {
  for (const { source: one } of pairs) await one.client.end();
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

async function pairOf(setup: string[] = TABLES, only: string[] = []): Promise<Pair> {
  const pair = await makePair({ source, target }, "test_decoding", setup, only);
  pairs.push(pair);
  return pair;
}

async function write(pair: Pair, ...statements: string[]): Promise<void> {
  for (const statement of statements) await pair.source.client.query(statement);
}

async function onTarget<Row extends Record<string, unknown>>(
  settings: ConnectionSettings,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await connect(settings);
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function expectEqual(pair: Pair): Promise<void> {
  expect(await contentsOf(pair.target)).toEqual(await contentsOf(pair.source.settings));
}

async function codeOf(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CodedError)) throw new Error("no CodedError", { cause: error });
  return error;
}

describe("exactly once", () => {
  test("goes on from where the target is, and skips what it has by the end of the commit alone", async () => {
    const pair = await pairOf();
    await write(pair, "update a set v = v + 1", "insert into b values (101, 1)");
    const first = await applyAll(pair);
    expect(first.notes).toEqual([]);
    await write(pair, "update a set v = v + 1");
    await using again = await openApplier(pair, emptyReport());
    expect(again.progressLsn).toBeGreaterThan(pair.source.consistentPoint);
    // From the slot's beginning, as if the slot had not been told.
    await using stream = await openStream(pair.source, { slot: await copyOfSlot(pair) });
    await again.apply(await readUntil(stream, await currentLsn(pair.source.client)));
    await again.commit();
    expect(again.counters.updates).toBe(100);
    await expectEqual(pair);
  });

  test.each(["origin", "row"] as const)(
    "survives kills of the target at any moment, progress by %s",
    async (kind) => {
      const server = await startTestServer(18);
      let running: TestServer = server;
      const pair = await makePair({ source, target: server }, "test_decoding", TABLES);
      pairs.push(pair);
      const login = kind === "row" ? await plainLogin(pair.target) : pair.target;
      const limited = { ...pair, target: login };
      try {
        const options: Partial<ApplierOptions> = {};
        for (let round = 1; round <= 3; round++) {
          const writing = writeMuch(pair, round);
          const reported = emptyReport();
          const applier = await openApplier(limited, reported, options);
          const pumping = pump(limited, applier, 0xffff_ffff_ffff_ffffn).catch((error: unknown) => error);
          await new Promise((resolve) => setTimeout(resolve, 60 * round));
          await running.kill();
          expect(await pumping).toBeInstanceOf(CodedError);
          await applier[Symbol.asyncDispose]();
          running = await running.restart();
          await writing;
          await using after = await openApplier(limited, reported, options);
          await pump(limited, after);
          expect(reported.divergences).toEqual([]);
          await expectEqual(pair);
        }
        expect((await onTarget(pair.target, "select from pg_replication_origin")).length).toBe(
          kind === "row" ? 0 : 1,
        );
      } finally {
        await running[Symbol.asyncDispose]();
      }
    },
  );

  test("does not take a commit for flushed that did not wait for the disk", async () => {
    const pair = await pairOf();
    await write(pair, "update a set v = 0");
    await using applier = await openApplier(pair, emptyReport());
    await using stream = await openStream(pair.source, { startLsn: applier.progressLsn });
    await applier.apply(await readUntil(stream, await currentLsn(pair.source.client)));
    await applier.commit();
    const { appliedLsn, flushedLsn } = applier.position;
    expect(flushedLsn).toBeLessThan(appliedLsn);
    expect(await applier.flush()).toBe(appliedLsn);
  });

  test("a second applier waits until the first one's session has ended", async () => {
    const pair = await pairOf();
    const first = await openApplier(pair, emptyReport());
    let isOpen = false;
    const second = openApplier(pair, emptyReport()).then((applier) => {
      isOpen = true;
      return applier;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isOpen).toBe(false);
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
  });

  test("a cut connection is transient, and nothing of it is lost", async () => {
    const pair = await pairOf();
    await using proxy = await startTcpProxy(target);
    const through = { ...pair, target: { ...pair.target, host: proxy.host, port: proxy.port } };
    await writeMuch(pair, 1);
    proxy.cutOn("xact_setup", "unsent");
    expect((await codeOf(applyAll(through))).transient).toBe(true);
    // Committed, and nobody was told.
    proxy.cutOn("xact_setup", "answered");
    expect((await codeOf(applyAll(through))).transient).toBe(true);
    await applyAll(through);
    await expectEqual(pair);
  });

  test("removes what it kept on the target, and nothing else", async () => {
    const pair = await pairOf();
    const login = await plainLogin(pair.target);
    const limited = { ...pair, target: login };
    await write(pair, "update a set v = 0");
    const told = await applyAll(limited);
    expect(told.notes.join()).toMatch(/howdah\.progress/);
    expect(told.notes.join()).toMatch(/session_replication_role/);
    await (await openApplier({ ...limited, name: "howdah_other_1" }, emptyReport()))[Symbol.asyncDispose]();
    const client = await connect(pair.target);
    try {
      await dropProgress(client, pair.name);
      expect((await client.query("select name from howdah.progress")).rows).toEqual([
        { name: "howdah_other_1" },
      ]);
      await dropProgress(client, "howdah_other_1");
      expect((await client.query("select to_regnamespace('howdah') as schema")).rows).toEqual([
        { schema: null },
      ]);
      await expect(dropProgress(client, "postgres")).rejects.toThrow(RangeError);
      await applyAll({ ...pair, name: "howdah_mine1_1" });
      await dropProgress(client, "howdah_mine1_1");
      await dropProgress(client, "howdah_mine1_1");
      const origins = "select from pg_replication_origin where roname = 'howdah_mine1_1'";
      expect((await client.query(origins)).rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});

describe("divergence", () => {
  const CASES = [
    {
      operation: "update",
      spoil: "delete from b where id = 50",
      work: "update b set v = -1 where id = 50",
      key: { id: "50" },
    },
    {
      operation: "delete",
      spoil: "delete from b where id = 50",
      work: "delete from b where id = 50",
      key: { id: "50" },
    },
    {
      operation: "insert",
      spoil: "insert into b values (500, 0)",
      work: "insert into b values (500, 1)",
      key: { id: "500" },
    },
  ];

  test.each(CASES)(
    "$operation stops after the last good transaction",
    async ({ operation, spoil, work, key }) => {
      const pair = await pairOf();
      await onTarget(pair.target, spoil);
      await write(
        pair,
        "update a set v = 1000",
        `begin; update a set v = 2000; ${work}; commit`,
        "update a set v = 3000",
      );
      const reported = emptyReport();
      await using applier = await openApplier(pair, reported);
      expect((await codeOf(pump(pair, applier))).code).toBe("CHANGE_DIVERGED");
      expect(reported.divergences).toMatchObject([
        { operation, key, table: { schema: "public", name: "b" } },
      ]);
      expect(applier.counters).toMatchObject({ divergences: 1, transactions: 1, updates: 100 });
      expect(await onTarget(pair.target, "select distinct v from a")).toEqual([{ v: 1000 }]);
      expect(reported.divergences[0]?.lsn).not.toBe(formatLsn(NO_LSN));
    },
  );

  test("is counted and left out under the other policy", async () => {
    const pair = await pairOf();
    await onTarget(
      pair.target,
      "delete from b where id between 11 and 20; insert into b values (500, 0), (501, 0)",
    );
    await write(
      pair,
      "update b set v = v + 1",
      "insert into b select i, 1 from generate_series(495, 505) i",
      "delete from b where id <= 12",
    );
    const { divergences, applier } = await applyAll(pair, { onDivergence: "continue" });
    const operations = divergences.map((one) => one.operation).sort();
    expect(operations).toEqual([
      ...Array(2).fill("delete"),
      ...Array(2).fill("insert"),
      ...Array(10).fill("update"),
    ]);
    expect(applier.counters).toMatchObject({
      divergences: 14,
      inserts: 9,
      updates: 90,
      deletes: 10,
      pendingChanges: 0,
    });
    const rows = await onTarget<{ n: string; v: number }>(
      pair.target,
      "select count(*) as n, sum(v)::int as v from b where id < 500",
    );
    // 21 to 100 with one more each, and 495 to 499.
    expect(rows).toEqual([{ n: "85", v: 4925 }]);
    expect(await onTarget(pair.target, "select v from b where id in (500, 501)")).toEqual([
      { v: 0 },
      { v: 0 },
    ]);
  });

  test("a row that was made and deleted again must not have been there", async () => {
    const pair = await pairOf();
    await onTarget(pair.target, "insert into b values (900, 0)");
    await write(
      pair,
      "begin; insert into b select i from generate_series(900, 910) i; delete from b where id >= 900; commit",
    );
    expect((await codeOf(applyAll(pair))).code).toBe("CHANGE_DIVERGED");
  });

  test("one of two equal rows under replica identity full is not one", async () => {
    const pair = await pairOf(["create table f (v int)", "alter table f replica identity full"]);
    await write(pair, "insert into f values (1), (1)");
    await applyAll(pair);
    await onTarget(pair.target, "delete from f");
    await write(pair, "delete from f where ctid = '(0,1)'");
    expect(await codeOf(applyAll(pair))).toMatchObject({ code: "CHANGE_DIVERGED" });
  });

  test("a change that the target refuses ends it after the transaction before", async () => {
    const pair = await pairOf(TABLES, ["alter table b add constraint small check (v < 1000)"]);
    await write(pair, "update a set v = 1", "update b set v = 2000 where id = 3", "update a set v = 2");
    const error = await codeOf(applyAll(pair));
    expect(error).toMatchObject({
      code: "CHANGE_REFUSED",
      transient: false,
      sqlState: "23514",
      subject: "public.b",
    });
    expect(await onTarget(pair.target, "select distinct v from a")).toEqual([{ v: 1 }]);
  });
});

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
    const pair = await pairOf();
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
    const pair = await pairOf();
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
    const pair = await pairOf();
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
    const pair = await pairOf();
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
    const pair = await pairOf();
    await onTarget(pair.target, "delete from b where id = 7");
    await write(
      pair,
      "begin; insert into a select i from generate_series(101, 2500) i; delete from b; commit",
    );
    expect((await codeOf(applyAll(pair, PIECES))).code).toBe("CHANGE_DIVERGED");
    expect(await onTarget(pair.target, "select count(*)::int as n from a")).toEqual([{ n: 100 }]);
  });
});

test("bytes of a database without an encoding come through as they are", async () => {
  const name = `ascii${randomUUID().slice(0, 8)}`;
  const settings: ConnectionSettings = { ...target, database: "postgres", sslMode: "Prefer" };
  const make = `create database ${name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`;
  await onTarget(settings, make);
  const database = { ...settings, database: name };
  const pair = await pairOf(["create table s (id int primary key, t text)"]);
  await onTarget(database, "create table s (id int primary key, t text)");
  await using applier: Applier = await openApplier({ ...pair, target: database }, emptyReport(), {
    valueEncoding: "latin1",
  });
  const relation = {
    schema: "public",
    name: "s",
    replicaIdentity: "default" as const,
    columns: ["id", "t"].map((column, at) => ({
      name: column,
      typeOid: at === 0 ? 23 : 25,
      typeName: at === 0 ? "integer" : "text",
      isKey: at === 0,
      isGenerated: false,
    })),
  };
  const endLsn = pair.source.consistentPoint + 100n;
  await applier.apply([
    { kind: "begin", xid: 1 },
    ...[1, 2, 3, 4, 5].map((id) => ({
      kind: "insert" as const,
      relation,
      values: [String(id), '\u00ff\u0080\\"{'],
    })),
    { kind: "commit", xid: 1, commitLsn: null, endLsn, committedAt: 0 },
  ]);
  await applier.commit();
  const rows = await onTarget(
    database,
    "select distinct encode(t::bytea, 'hex') as hex from (select replace(t, chr(92), '') t from s) s",
  );
  expect(rows).toEqual([{ hex: "ff80227b" }]);
});

/** A slot that stands where the pair's slot did at first. */
async function copyOfSlot(pair: Pair): Promise<string> {
  const slot = `${pair.source.slot.slice(0, 50)}_again`;
  await pair.source.client.query("select pg_copy_logical_replication_slot($1, $2)", [pair.source.slot, slot]);
  return slot;
}

/** A login that owns the database's tables and may nothing else. */
async function plainLogin(settings: ConnectionSettings): Promise<ConnectionSettings> {
  const role = `plain${randomUUID().slice(0, 8)}`;
  await onTarget(
    settings,
    `create role ${role} login password 'secret';
     grant create on database ${settings.database} to ${role};
     alter table a owner to ${role}; alter table b owner to ${role}`,
  );
  return { ...settings, user: role, password: "secret" };
}

async function writeMuch(pair: Pair, round: number): Promise<void> {
  const client = await connect(pair.source.settings);
  try {
    await client.query(
      `do $$ begin
         for i in 1..600 loop
           update a set v = v + 1 where id = 1 + i % 100; commit;
           insert into b values (${round * 100_000} + i, i); commit;
           update b set v = v + 1 where id = 1 + i % 10; commit;
         end loop;
       end $$`,
    );
  } finally {
    await client.end();
  }
}
