import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { formatLsn, NO_LSN } from "@/lib/postgres/lsn";
import type { Applier } from "./applier";
import { applyAll, emptyReport, openApplier, pump } from "./testing/apply-all";
import { applyServers, codeOf, onTarget, TABLES, write } from "./testing/apply-servers";

const servers = applyServers();

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
      const pair = await servers.pairOf();
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
    const pair = await servers.pairOf();
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
    const pair = await servers.pairOf();
    await onTarget(pair.target, "insert into b values (900, 0)");
    await write(
      pair,
      "begin; insert into b select i from generate_series(900, 910) i; delete from b where id >= 900; commit",
    );
    expect((await codeOf(applyAll(pair))).code).toBe("CHANGE_DIVERGED");
  });

  test("one of two equal rows under replica identity full is not one", async () => {
    const pair = await servers.pairOf(["create table f (v int)", "alter table f replica identity full"]);
    await write(pair, "insert into f values (1), (1)");
    await applyAll(pair);
    await onTarget(pair.target, "delete from f");
    await write(pair, "delete from f where ctid = '(0,1)'");
    expect(await codeOf(applyAll(pair))).toMatchObject({ code: "CHANGE_DIVERGED" });
  });

  test("a change that the target refuses ends it after the transaction before", async () => {
    const pair = await servers.pairOf(TABLES, ["alter table b add constraint small check (v < 1000)"]);
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

test("bytes of a database without an encoding come through as they are", async () => {
  const name = `ascii${randomUUID().slice(0, 8)}`;
  const settings: ConnectionSettings = { ...servers.target, database: "postgres", sslMode: "Prefer" };
  const make = `create database ${name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`;
  await onTarget(settings, make);
  const database = { ...settings, database: name };
  const pair = await servers.pairOf(["create table s (id int primary key, t text)"]);
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
    { kind: "begin" },
    ...[1, 2, 3, 4, 5].map((id) => ({
      kind: "insert" as const,
      relation,
      values: [String(id), '\u00ff\u0080\\"{'],
    })),
    { kind: "commit", endLsn, committedAt: 0 },
  ]);
  await applier.commit();
  const rows = await onTarget(
    database,
    "select distinct encode(t::bytea, 'hex') as hex from (select replace(t, chr(92), '') t from s) s",
  );
  expect(rows).toEqual([{ hex: "ff80227b" }]);
});
