import { beforeEach, expect, test } from "vitest";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { dropHalfDone } from "../resume/clear-tables";
import type { ForeignKeyPlan } from "../schema/restore-plan";
import { createTargetDatabase, dropTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";

const servers = serversForFile(15, 17);
const signal = new AbortController().signal;

/** Two years, one of them in halves. */
const SCHEMA = [
  "create table customer (id int primary key)",
  "insert into customer select g from generate_series(1, 1000) g",
  'create table "Sale" (id int, year int, half int, customer int, pad text) partition by range (year)',
  'create table sale_2023 partition of "Sale" for values from (2023) to (2024)',
  'create table sale_2024 partition of "Sale" for values from (2024) to (2025) partition by list (half)',
  "create table sale_2024_1 partition of sale_2024 for values in (1)",
  "create table sale_2024_2 partition of sale_2024 for values in (2)",
  `insert into "Sale" select g, 2023 + g % 2, 1 + g % 4 / 2, 1 + g % 1000, repeat('x', 200) from generate_series(1, 30000) g`,
  "create table many (id int primary key)",
  "insert into many select g from generate_series(1, 30000) g",
  'alter table "Sale" add constraint "sale""s customer" foreign key (customer) references customer on delete cascade deferrable',
  'alter table "Sale" add constraint many foreign key (id) references many',
];

const KEYS = `select conrelid::regclass::text as on, conname, conparentid <> 0 as inherited, convalidated, pg_get_constraintdef(oid) as def
  from pg_constraint where contype = 'f' order by 1, 2, 5`;

let source: ConnectionSettings;
let target: ConnectionSettings;

beforeEach(async () => {
  source = settingsOf(servers.source, "origin");
  target = settingsOf(servers.target, "copy");
  const fresh = ["drop database if exists origin with (force)", "create database origin template template0"];
  await runSql(settingsOf(servers.source), ...fresh);
  const on = { target: settingsOf(servers.target), name: "copy", signal };
  await dropTargetDatabase(on);
  await createTargetDatabase({ source, ...on });
  await runSql(source, ...SCHEMA);
});

test("keys of a partitioned table are checked partition by partition, and are the same afterwards", async () => {
  const { failures } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  expect(await queryRows(target, KEYS)).toEqual(await queryRows(source, KEYS));
  // Keys of partitions that are older than the one they belong to were checked by themselves.
  const adopted = await queryRows(
    target,
    "select conname from pg_constraint where oid < conparentid and contype = 'f'",
  );
  expect(adopted).toHaveLength(6);
  await expect(runSql(target, `insert into "Sale" values (1, 2024, 1, 5000)`)).rejects.toThrow(/foreign key/);
});

test("partitions with keys of their own keep them", async () => {
  const own = "alter table sale_2024_2 add constraint many foreign key (half) references customer";
  await runSql(source, 'alter table "Sale" drop constraint many', own, SCHEMA.at(-1) ?? "");
  const { failures } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  expect(await queryRows(target, KEYS)).toEqual(await queryRows(source, KEYS));
});

test("a key that rows of one partition break is told once, as dumped, and leaves nothing behind", async () => {
  await runSql(
    source,
    "set session_replication_role = replica; update sale_2024_1 set customer = 5000 where id = (select min(id) from sale_2024_1)",
  );
  const { failures } = await moveAndReport({ source, target });
  expect(failures).toMatchObject([
    {
      kind: "foreign-key",
      sqlState: "23503",
      statement: expect.stringMatching(/^ALTER TABLE "public"\."Sale"/),
    },
  ]);
  const isBroken = ({ conname }: { conname?: unknown }) => conname === `sale"s customer`;
  const wanted = (await queryRows(source, KEYS)).filter((key) => !isBroken(key));
  expect(await queryRows(target, KEYS)).toEqual(wanted);
});

test("what a killed run left on partitions is taken away before their rows are looked at again", async () => {
  await runSql(
    target,
    "create table customer (id int primary key)",
    "create table sale (customer int) partition by list (customer); create table sale_1 partition of sale for values in (1)",
    "alter table sale_1 add constraint checked foreign key (customer) references customer",
    "alter table sale_1 add constraint half foreign key (customer) references customer not valid",
    "alter table sale_1 add constraint own foreign key (customer) references customer on update cascade",
    "alter table sale add constraint whole foreign key (customer) references customer on delete cascade",
  );
  const keys = ["checked", "half", "whole"].map((name) => `${name} on public.sale`);
  const client = await connect(target);
  try {
    const plan = { tables: new Map(), rest: [], foreignKeys: [...keys, "own on public.sale_1"].map(planned) };
    await dropHalfDone(client, { ...plan, session: [], preData: [], partitionedIndexes: [], attaches: [] });
  } finally {
    await client.end();
  }
  const left = await queryRows(
    target,
    "select conrelid::regclass || ' ' || conname as key from pg_constraint where contype = 'f' order by 1",
  );
  expect(left.map(({ key }) => key)).toEqual(["sale whole", "sale_1 own", "sale_1 whole"]);
});

function planned(object: string): ForeignKeyPlan {
  const table = { schema: "public", name: "sale" };
  const statement = { sql: "ALTER TABLE ...", kind: "foreign-key", object, table, roles: [] } as const;
  return {
    table,
    references: { schema: "public", name: "customer" },
    statement: { ...statement, roles: [] },
  };
}
