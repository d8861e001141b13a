import { beforeAll, beforeEach, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { createTargetDatabase, dropTargetDatabase } from "../target-database";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { checksumDatabase } from "../verify/table-checksums";

const servers = serversForFile(15, 17, { settings: { autovacuum: "off" } });
let source: ConnectionSettings;
let target: ConnectionSettings;

beforeAll(async () => {
  source = settingsOf(servers.source, "origin");
  target = settingsOf(servers.target, "copy");
});

const signal = new AbortController().signal;

beforeEach(async () => {
  await runSql(
    settingsOf(servers.source),
    "drop database if exists origin with (force)",
    "create database origin template template0",
  );
  const on = { target: settingsOf(servers.target), name: "copy", signal };
  await dropTargetDatabase(on);
  await createTargetDatabase({ source, ...on });
});

const INDEXES = `select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`;
const ANALYZED = "select count(distinct tablename)::int as tables from pg_stats where schemaname = 'public'";

test("small tables are finished together, and one that cannot be is named alone", async () => {
  await runSql(
    source,
    `create function unwelcome(v int) returns int immutable language plpgsql as $$ begin
       if current_database() = 'copy' then raise exception 'not here'; end if; return v; end $$`,
    `do $$ begin for i in 1..60 loop
       execute format('create table s%s (id int primary key, v text unique, w int)', i);
       execute format('insert into s%s select g, g::text, g from generate_series(1, 20) g', i);
       execute format('create index on s%s (w)', i);
     end loop; end $$`,
    "create table parent (id int, v text); insert into parent values (1, 'x')",
    "create table child () inherits (parent); insert into child select g, 'y' from generate_series(1, 50) g",
    "create statistics parent_pairs on id, v from parent",
    "create index bad on s33 (unwelcome(w))",
  );
  const wanted = await queryRows(source, INDEXES);
  const { events, failures } = await moveAndReport({ source, target, jobs: 2 });
  expect(failures).toMatchObject([
    { kind: "index", object: "public.bad", message: expect.stringContaining("not here") },
  ]);
  expect(failures[0]?.statement).toMatch(/^CREATE INDEX "bad" ON "public"\."s33"/);
  expect(await queryRows(target, INDEXES)).toEqual(wanted.filter(({ indexname }) => indexname !== "bad"));
  const built = events.flatMap((event) => (event.type === "index-completed" ? [event.object] : []));
  expect(built.length).toBe(new Set(built).size);
  expect(built.length).toBe(wanted.length - 1);
  expect(await queryRows(target, ANALYZED)).toEqual([{ tables: 62 }]);
  // Those of the parent cover its child, and what is gathered for extended statistics exists.
  const inherited = "select count(*)::int as n from pg_stats where tablename = 'parent' and inherited";
  expect(await queryRows(target, inherited)).toEqual([{ n: 2 }]);
  const extended = "select count(*)::int as n from pg_stats_ext where statistics_name = 'parent_pairs'";
  expect(await queryRows(target, extended)).not.toEqual([{ n: 0 }]);
  expect(await checksumDatabase(target, { signal })).toEqual(await checksumDatabase(source, { signal }));
});

test("tables that need each other are restored over several sessions", async () => {
  await runSql(
    source,
    "create table t0 (id serial)",
    `do $$ begin for i in 1..250 loop
       execute format('create table t%s (id serial primary key, before t%s)', i, i - 1);
       execute format('comment on table t%s is %L', i, 'number ' || i);
     end loop; end $$`,
    "insert into t1 (before) values (row(7))",
  );
  const { failures } = await moveAndReport({ source, target, jobs: 4 });
  expect(failures).toEqual([]);
  const columns = `select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as value, obj_description(c.oid) as comment
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'S') order by 1, a.attnum`;
  expect(await queryRows(target, columns)).toEqual(await queryRows(source, columns));
});

test("foreign keys are checked, and one that rows break is told with its own statement and not left unchecked", async () => {
  await runSql(
    source,
    "create table a (id int primary key); insert into a select generate_series(1, 9)",
    "create table large (id int primary key, v text, good int, bad int); alter table large alter v set storage plain",
    "insert into large select g, repeat('x', 700), g % 9 + 1, g % 10 from generate_series(1, 4000) g",
    "create table small (good int references a, bad int); insert into small values (1, 0)",
    "create table split (id int, good int) partition by range (id)",
    "create table split_1 partition of split for values from (0) to (5000)",
    "insert into split select id, good from large",
    "alter table large add constraint large_good foreign key (good) references a deferrable",
    "alter table split add constraint split_good foreign key (good) references a",
    "alter table large add constraint unchecked foreign key (bad) references a not valid",
    // Keys that hold on the source by name only.
    "set session_replication_role = replica",
    "alter table large add constraint large_bad foreign key (bad) references a not valid",
    "alter table small add constraint small_bad foreign key (bad) references a not valid",
    "update pg_constraint set convalidated = true where conname in ('large_bad', 'small_bad')",
  );
  const { failures } = await moveAndReport({ source, target, jobs: 3 });
  expect(failures.map(({ object, sqlState }) => [object, sqlState]).sort()).toEqual([
    ["large_bad on public.large", "23503"],
    ["small_bad on public.small", "23503"],
  ]);
  for (const { statement } of failures)
    expect(statement).toMatch(/FOREIGN KEY \("bad"\) REFERENCES "public"\."a"\("id"\)$/);
  const keys =
    "select conname, convalidated, condeferrable from pg_constraint where contype = 'f' and conparentid = 0 order by 1";
  const wanted = await queryRows(source, keys);
  expect(await queryRows(target, keys)).toEqual(
    wanted.filter(({ conname }) => conname !== "large_bad" && conname !== "small_bad"),
  );
});

test("VACUUM is run when asked for", async () => {
  await runSql(
    source,
    "create table small (id int primary key); insert into small values (1)",
    "create table large (id int primary key, v text); insert into large select g, repeat('x', 900) from generate_series(1, 4000) g",
  );
  const { events, failures } = await moveAndReport({ source, target, vacuum: true });
  expect(failures).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({ type: "step-completed", step: "vacuum" }));
  const seen =
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relallvisible > 0 order by 1";
  expect(await queryRows(target, seen)).toEqual([{ relname: "large" }, { relname: "small" }]);
});
