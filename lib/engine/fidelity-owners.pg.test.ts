import { beforeAll, describe, expect, test } from "vitest";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { createTargetDatabase } from "./target-database";
import { compareDatabases } from "./testing/compare-databases";
import { moveAndReport } from "./testing/move-and-report";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

const ROLES = ["owner_a", "owner_b", "reader"];

/** Objects of several owners in schemas of others, as they lie in databases that a superuser has set up. */
const OBJECTS = [
  "create role keeper login password 'keeper'",
  ...ROLES.map((role) => `create role ${role}`),
  "create schema app authorization owner_a",
  "create type app.state as enum ('a', 'b')",
  "create table app.parent (id integer primary key, state app.state default 'a')",
  "create table app.child (id serial primary key, parent_id integer references app.parent, v text)",
  "create table public.parts (id integer, at date) partition by range (at)",
  "create table public.parts_1 partition of public.parts for values from ('2025-01-01') to ('2026-01-01')",
  "create index on public.parts (id)",
  "create materialized view app.sums as select parent_id, count(*) as n from app.child group by 1",
  "create unique index on app.sums (parent_id)",
  "create function app.f(integer) returns integer language sql immutable as 'select $1 + 1'",
  "create index on app.child (app.f(id))",
  "create view app.v as select * from app.child",
  "insert into app.parent select generate_series(1, 50)",
  "insert into app.child (parent_id, v) select 1 + i % 50, md5(i::text) from generate_series(1, 500) i",
  "insert into public.parts select i, date '2025-01-01' + i from generate_series(1, 99) i",
  "refresh materialized view app.sums",
  "select lo_from_bytea(501, 'large')",
  "grant select on app.child to reader",
  "grant select, update on app.parent to keeper, reader with grant option",
  "grant select on large object 501 to reader",
  "alter table app.parent owner to owner_a",
  // owner_b may not create anything in schema app: only a superuser could have given it these.
  "alter table app.child owner to owner_b",
  "alter materialized view app.sums owner to owner_b",
  "grant usage on schema app to owner_b",
  "alter function app.f(integer) owner to owner_b",
  "alter type app.state owner to owner_b",
  "alter view app.v owner to owner_a",
  "alter table public.parts owner to owner_a",
  "alter table public.parts_1 owner to owner_b",
  "alter large object 501 owner to owner_b",
  "alter default privileges for role owner_a in schema app grant select on tables to reader",
  "alter default privileges for role owner_b grant execute on functions to reader",
  "alter schema app owner to owner_a",
  "grant create on schema public to owner_a",
];

let source: ConnectionSettings;
const servers = serversForFile(16, 17);
const { signal } = new AbortController();

beforeAll(async () => {
  source = settingsOf(servers.source, "owned");
  await runSql(settingsOf(servers.source), "create database owned");
  await runSql(source, ...OBJECTS, "alter table app.child owner to owner_b");
  await runSql(
    settingsOf(servers.target),
    "create role keeper login createdb password 'keeper'",
    ...ROLES.map((role) => `create role ${role}`),
  );
});

/** Moves to a database of its own, as a login that is no superuser. */
async function moveAsKeeper(name: string) {
  const target = { ...settingsOf(servers.target, name), user: "keeper", password: "keeper" };
  await createTargetDatabase({ source, target: { ...target, database: "postgres" }, name, signal });
  const report = await moveAndReport({ source, target });
  return { target: settingsOf(servers.target, name), ...report };
}

describe("a target login that is no superuser", () => {
  /** It stays the owner of the database, and has the privileges of the one on the source. */
  const OWN = [/^database (owner|privileges)/];

  test("gives objects to roles it may become without having their rights", async () => {
    await runSql(settingsOf(servers.target), "grant owner_a, owner_b to keeper with inherit false, set true");
    const { failures, target } = await moveAsKeeper("not inherited");
    expect(failures.filter(({ kind }) => kind !== "database-setting")).toEqual([]);
    expect(await compareDatabases(source, target, { exceptions: OWN })).toEqual([]);
  });

  test("names what stays with it for lack of a role", async () => {
    await runSql(settingsOf(servers.target), "revoke owner_b from keeper");
    await runSql(
      settingsOf(servers.source, "owned"),
      "create role gone",
      "grant delete on app.child to gone",
    );
    const { failures, target } = await moveAsKeeper("left");
    const about = failures.filter(({ kind }) => kind !== "database-setting");
    expect(about.filter(({ severity }) => severity !== "warning")).toEqual([]);
    const owners = about.find(({ kind, message }) => kind === "owner" && message.includes("role owner_b"));
    expect(owners).toMatchObject({
      code: "PRIVILEGE_MISSING",
      message: expect.stringContaining("materialized view app.sums"),
      statement: expect.stringContaining('ALTER TABLE "app"."child" OWNER TO "owner_b"'),
    });
    for (const name of ["function app.f(integer)", "type app.state", "app.child", "public.parts_1"])
      expect(owners?.message).toContain(name);
    expect(about.find(({ code }) => code === "ROLE_MISSING")).toMatchObject({
      kind: "grant",
      object: "app.child",
      message: expect.stringContaining("role gone does not exist on the target"),
    });
    const rows = await queryRows<{ owner: string }>(
      target,
      "select distinct relowner::regrole::text as owner from pg_class where relnamespace in ('app'::regnamespace, 'public'::regnamespace) order by 1",
    );
    expect(rows.map(({ owner }) => owner)).toEqual(["keeper", "owner_a"]);
  });
});

test("a key onto a table one of whose partitions has no rows is told as a consequence", async () => {
  await runSql(
    settingsOf(servers.source),
    "create database partly",
    "create role filtered login password 'filtered'",
  );
  const login = { user: "filtered", password: "filtered" };
  await runSql(
    settingsOf(servers.source, "partly"),
    "create table parts (id integer primary key) partition by range (id)",
    "create table parts_1 partition of parts for values from (1) to (50)",
    "create table parts_2 partition of parts for values from (50) to (100) partition by list (id)",
    "create table parts_2_rest partition of parts_2 default",
    "create table refers (id integer references parts)",
    "insert into parts select generate_series(1, 99)",
    "insert into refers select generate_series(1, 99)",
    "alter table parts_2_rest enable row level security",
    "grant select on parts, parts_1, parts_2, parts_2_rest, refers to filtered",
  );
  const from = { ...settingsOf(servers.source, "partly"), ...login };
  const target = settingsOf(servers.target, "partly");
  await createTargetDatabase({ source: from, target: settingsOf(servers.target), name: "partly", signal });
  const { failures } = await moveAndReport({ source: from, target });
  const errors = failures.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, object }) => [code, object])).toEqual([
    ["ROW_SECURITY_BLOCKS", "public.parts_2_rest"],
    ["OBJECT_SKIPPED", "refers_id_fkey on public.refers"],
  ]);
  expect(errors[1]?.message).toContain("public.parts, whose rows could not be copied");
});
