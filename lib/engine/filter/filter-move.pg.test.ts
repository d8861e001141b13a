import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { createTargetDatabase } from "../target-database";
import { canonicalDdl } from "../testing/canonical-ddl";
import { compareDatabases } from "../testing/compare-databases";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql, withSession } from "../testing/with-session";
import type { DatabaseFilter } from "./database-filter";
import { resolveFilter } from "./resolve-filter";

let old: TestServer;
let young: TestServer;

beforeAll(async () => {
  [old, young] = await Promise.all([startTestServer(12), startTestServer(18)]);
});

afterAll(async () => {
  await old?.[Symbol.asyncDispose]();
  await young?.[Symbol.asyncDispose]();
});

const { signal } = new AbortController();

/** `app.audit` is what everything hangs on; `log` goes whole, `util` and `ext` are needed. */
const SCHEMA = `
create schema app; create schema log; create schema util; create schema ext; create schema "Odd.Schema";
create extension hstore schema ext;
create type util.status as enum ('open', 'done');
create function util.helper() returns integer language sql as 'select 1';
create table util.scratch (id integer);
create type log.kind as enum ('a'); create domain log.text as text check (value <> '');
create function log.note(log.kind, text[]) returns integer language sql as 'select 1';
comment on function log.note(log.kind, text[]) is 'x'; comment on schema log is 'goes';
create table log.entries (id serial primary key, kind log.kind, body log.text);
create view log.recent as select * from log.entries;
grant usage on schema log to public; alter default privileges in schema log grant select on tables to public;
create function log.number(log.kind) returns integer language sql as 'select 1';
create cast (log.kind as integer) with function log.number(log.kind); comment on cast (log.kind as integer) is 'goes';

create table app.customers (id serial primary key, name text);
create table app.orders (id bigint generated always as identity primary key, customer_id integer references app.customers,
  status util.status default 'open', total numeric, tags ext.hstore);
create index orders_total on app.orders (total); create index orders_status on app.orders (status);
comment on index app.orders_total is 'goes';
create table app.products (id integer constraint products_pkey primary key, code text not null constraint products_code unique);
alter table app.products replica identity using index products_code; alter table app.products cluster on products_pkey;
create table app.lines (order_id bigint references app.orders, product_id integer constraint lines_product references app.products);
create table app.audit (id bigserial primary key, what text, previous bigint references app.audit);
comment on table app.audit is 'goes'; comment on column app.audit.what is 'goes'; grant select on app.audit to public;
create statistics app.audit_stats on id, what from app.audit;
create table app.audit_notes (audit_id bigint constraint notes_audit references app.audit on delete cascade, note text);
create table app.numbered (id bigint default nextval('app.audit_id_seq'), note text);
create view app.audit_view as select * from app.audit; comment on view app.audit_view is 'goes';
create view app.audit_view_view as select count(*) from app.audit_view;
create materialized view app.audit_counts as select count(*) as n from app.audit; create index on app.audit_counts (n);
create materialized view app.order_totals as select customer_id, sum(total) from app.orders group by 1;
create materialized view app.customer_names as select name from app.customers;
create function app.last_audit() returns app.audit language sql stable as 'select * from app.audit limit 1';
create function app.audit_of(app.audit, "char", integer[], timestamptz) returns integer language sql as 'select 1';
grant execute on function app.last_audit() to public; comment on function app.audit_of(app.audit, "char", integer[], timestamptz) is 'goes';
create function app.trigger() returns trigger language plpgsql as 'begin return new; end';
create trigger goes before insert on app.audit for each row execute function app.trigger();
create trigger stays before insert on app.orders for each row execute function app.trigger();
create policy sees_audit on app.products using (exists (select from app.audit where audit.id = products.id));
create policy sees_all on app.products using (true); comment on policy sees_audit on app.products is 'goes';
create rule logs as on insert to app.lines do also insert into app.audit (what) values ('line');
create type app.wrapped as (before app.audit); create table app.holds (w app.wrapped, id integer primary key);
create table app.points_at_holds (id integer constraint to_holds references app.holds);
create table app.base (a integer); create table app.child (b integer) inherits (app.base);
create table app.parted (id integer, at date, primary key (id, at)) partition by range (at);
create table app.parted_1 partition of app.parted for values from ('2020-01-01') to ('2021-01-01');
create table "Odd.Schema"."Part 2" partition of app.parted for values from ('2021-01-01') to ('2022-01-01');
create index parted_at on app.parted (at);
create table app.to_parted (id integer, at date, constraint to_parted foreign key (id, at) references app.parted);
create table app.gone (id integer, at date) partition by range (at);
create table app.gone_1 partition of app.gone for values from ('2020-01-01') to ('2021-01-01');
create sequence app.free; create sequence app.lonely;
create table app.uses_free (id integer default nextval('app.free'));
create publication published for table app.audit, app.orders, log.entries;

insert into app.customers (name) select 'c' || i from generate_series(1, 20) i;
insert into app.orders (customer_id, total, tags) select i % 20 + 1, i, 'a=>1' from generate_series(1, 50) i;
insert into app.products select i, 'p' || i from generate_series(1, 5) i;
insert into app.audit (what) select 'a' from generate_series(1, 30);
insert into app.lines select i, 1 from generate_series(1, 5) i;
insert into app.audit_notes select i, 'n' from generate_series(1, 10) i; insert into app.numbered (note) values ('x');
insert into app.base values (1); insert into app.child values (2, 3); insert into app.gone values (1, '2020-02-02');
insert into app.parted select i, '2020-06-01'::date + i * 30 from generate_series(1, 15) i;
insert into app.to_parted select * from app.parted;
insert into log.entries (kind, body) values ('a', 'b'); insert into app.uses_free default values;
refresh materialized view app.audit_counts; refresh materialized view app.order_totals; refresh materialized view app.customer_names;
`;

const FILTER: DatabaseFilter = {
  exclude: {
    schemas: ["log", "util", "ext"],
    tables: [
      "app.audit",
      "app.base",
      "gone",
      '"Odd.Schema"."Part 2"',
      "app.free",
      "app.lonely",
      "app.nothing*",
    ],
    tableData: ["app.customer?"],
    indexes: ["orders_total", "app.products_*", "app.parted_1_at_idx"],
  },
};

/** The same by hand, on a copy of the source: PostgreSQL's own CASCADE takes what hangs on the tables. */
const BY_HAND = `
alter sequence app.audit_id_seq owned by none;
drop table app.holds cascade; drop table app.audit, app.base, app.gone, "Odd.Schema"."Part 2", util.scratch cascade;
drop type app.wrapped cascade; drop sequence app.lonely;
drop schema log cascade;
drop index app.orders_total;
alter table app.products drop constraint products_pkey cascade; alter table app.products replica identity default;
alter table app.products drop constraint products_code;
truncate app.customers;
`;

const CONSEQUENCES = [
  ["left-out", "foreign key", "lines_product on app.lines"],
  ["left-out", "foreign key", "notes_audit on app.audit_notes"],
  ["left-out", "foreign key", "to_holds on app.points_at_holds"],
  ["left-out", "function", "app.audit_of(app.audit, char, integer[], timestamp with time zone)"],
  ["left-out", "function", "app.last_audit()"],
  ["left-out", "materialised view", "app.audit_counts"],
  ["left-out", "policy", "sees_audit on app.products"],
  ["left-out", "rule", "logs on app.lines"],
  ["left-out", "table", "app.child"],
  ["left-out", "table", "app.holds"],
  ["left-out", "type", "app.wrapped"],
  ["left-out", "view", "app.audit_view"],
  ["left-out", "view", "app.audit_view_view"],
  ["not-valid", "foreign key", "orders_customer_id_fkey on app.orders"],
  ["not-valid", "foreign key", "to_parted on app.to_parted"],
  ["differs", "materialised view", "app.customer_names"],
  ["kept", "index", "app.parted_1_at_idx"],
  ["kept", "schema", "ext"],
  ["kept", "schema", "util"],
  ["kept", "sequence", "app.audit_id_seq"],
  ["kept", "sequence", "app.free"],
];

async function createSource(server: TestServer): Promise<void> {
  await runSql(settingsOf(server), "create database origin");
  await runSql(settingsOf(server, "origin"), SCHEMA);
}

test.for([12, 18])(
  "moves all of a database of %i but what the filter leaves out, and tells what follows",
  async (major) => {
    const server = major === 12 ? old : young;
    const [source, target] = [settingsOf(server, "origin"), settingsOf(young, `copy_${major}`)];
    await createSource(server);
    await createTargetDatabase({ source, target: settingsOf(young), name: `copy_${major}`, signal });

    const resolved = await withSession(source, (client) => resolveFilter(client, FILTER));
    const told = resolved.consequences.map(({ effect, kind, object }) => [effect, kind, object]);
    expect(told.sort(compareText)).toEqual([...CONSEQUENCES].sort(compareText));
    expect(resolved.unmatched).toEqual([{ list: "exclude.tables", pattern: "app.nothing*" }]);

    const { error, failures, events } = await moveAndReport({ source, target, filter: FILTER });
    expect(error).toBeNull();
    expect(failures).toEqual([]);
    const notes = events.flatMap((event) => (event.type === "note" ? [event.message] : []));
    expect(notes).toEqual(expect.arrayContaining(resolved.consequences.map(({ message }) => message)));

    await runSql(settingsOf(server), "create database expected template origin");
    const expected = settingsOf(server, "expected");
    // Emptying the customers must not empty what refers to them; their key is added anew below.
    await runSql(
      expected,
      "alter table app.orders drop constraint orders_customer_id_fkey",
      ...BY_HAND.split(";\n"),
    );
    await runSql(
      expected,
      "alter table app.orders add constraint orders_customer_id_fkey foreign key (customer_id) references app.customers not valid",
      "alter table app.to_parted drop constraint if exists to_parted",
      "alter table app.to_parted add constraint to_parted foreign key (id, at) references app.parted not valid",
      "refresh materialized view app.customer_names",
    );
    const canonical = canonicalDdl(major, 18);
    expect(await compareDatabases(expected, target, { canonical })).toEqual([]);
  },
);

test("moves what is included with what it needs, and nothing else", async () => {
  const source = settingsOf(young, "origin");
  const target = settingsOf(young, "included");
  await createTargetDatabase({ source, target: settingsOf(young), name: "included", signal });
  const filter: DatabaseFilter = {
    include: { tables: ["app.lines", "app.orders", "app.audit_view", "app.parted_1"], schemas: ["lo?"] },
    exclude: { tables: ["log.recent"] },
  };
  const { error, failures } = await moveAndReport({ source, target, filter });
  expect([error, failures]).toEqual([null, []]);

  const relations = await queryRows<{ name: string }>(
    target,
    `select n.nspname || '.' || relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and nspname !~ '^pg_' and nspname <> 'information_schema' order by 1`,
  );
  // The view needs its table, the partition its parent, the identity column and the default their sequences.
  expect(relations.map(({ name }) => name)).toEqual([
    "app.audit",
    "app.audit_id_seq",
    "app.audit_view",
    "app.lines",
    "app.orders",
    "app.orders_id_seq",
    "app.parted",
    "app.parted_1",
    "log.entries",
    "log.entries_id_seq",
  ]);
  const leftOut = await withSession(source, (client) => resolveFilter(client, filter));
  const keys = leftOut.consequences.filter(({ kind }) => kind === "foreign key").map(({ object }) => object);
  expect(keys.sort()).toEqual(["lines_product on app.lines", "orders_customer_id_fkey on app.orders"]);
  for (const table of ["app.audit", "app.lines", "app.orders", "app.parted_1", "log.entries"]) {
    const rows = `select t::text from only ${table} t order by 1`;
    expect(await queryRows(target, rows)).toEqual(await queryRows(source, rows));
  }
});

test("says which pattern cannot be read", async () => {
  const source = settingsOf(young);
  const resolve = () =>
    withSession(source, (client) => resolveFilter(client, { exclude: { indexes: ["ok", 'a."b'] } }));
  await expect(resolve()).rejects.toMatchObject({ code: "FILTER_INVALID", subject: 'a."b' });
});

function compareText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
