import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { writeExtension } from "../testing/write-extension";

const SCRIPT = `
create table rules (name text primary key, builtin boolean not null default false);
insert into rules values ('shipped', true);
create table log (line text);
create table untouched (line text);
create table cleared (line text);
do $$ begin if current_database() = 'copy' then insert into cleared values ('brought'); end if; end $$;
create table own_business (line text);
create sequence counter;
create sequence unused;
create role ruled_reader;
select pg_catalog.pg_extension_config_dump('rules', 'where not builtin');
select pg_catalog.pg_extension_config_dump('log', '');
select pg_catalog.pg_extension_config_dump('untouched', '');
select pg_catalog.pg_extension_config_dump('cleared', '');
select pg_catalog.pg_extension_config_dump('counter', '');
select pg_catalog.pg_extension_config_dump('unused', '');`;

/** As pg_cron's: everyone sees their own jobs. */
const GUARDED = `
create table job (command text, username text default current_user);
alter table job enable row level security;
create policy own on job using (username = current_user);
create table job_run (status text, username text default current_user);
alter table job_run enable row level security;
create policy own on job_run using (username = current_user);
do $$ begin if current_database() = 'copy' then insert into job_run values ('brought'); end if; end $$;
select pg_catalog.pg_extension_config_dump('job', '');
select pg_catalog.pg_extension_config_dump('job_run', '');`;

test("of an extension's tables the rows it asks to keep are copied, those it brings itself are not doubled", async () => {
  using extension = writeExtension("ruled", SCRIPT);
  const { settings } = extension;
  await using sourceServer = await startTestServer(18, { settings });
  await using targetServer = await startTestServer(18, { settings });
  const source = settingsOf(sourceServer);
  await runSql(
    source,
    "create extension ruled",
    "insert into rules values ('mine'), ('mine too')",
    "insert into log values ('first'), ('second')",
    "insert into own_business values ('not for dumps')",
    "select setval('counter', 42)",
    "create table shared (id int primary key)",
    "grant select on shared to ruled_reader",
  );
  await runSql(settingsOf(targetServer), "create database copy");
  const target = settingsOf(targetServer, "copy");
  const { failures, result } = await moveAndReport({ source, target });
  expect(failures).toEqual([]);
  expect(result).toMatchObject({ tables: 4, rows: 4 });
  expect(await queryRows(target, "select from cleared")).toEqual([]);
  // The role came with the extension, after the move had begun.
  expect(
    await queryRows(target, "select has_table_privilege('ruled_reader', 'shared', 'select') as may"),
  ).toEqual([{ may: true }]);
  expect(await queryRows(target, "select name from rules order by name")).toEqual([
    { name: "mine" },
    { name: "mine too" },
    { name: "shipped" },
  ]);
  expect(await queryRows(target, "select count(*)::int as rows from log")).toEqual([{ rows: 2 }]);
  expect(await queryRows(target, "select from own_business")).toEqual([]);
  expect(await queryRows(target, "select last_value::int as at, is_called from counter")).toEqual([
    { at: 42, is_called: true },
  ]);
});

test("an extension's table or sequence that belongs to another login than the target's is named with the grant it needs", async () => {
  using extension = writeExtension("ruled", SCRIPT);
  const { settings } = extension;
  await using sourceServer = await startTestServer(18, { settings });
  await using targetServer = await startTestServer(18, { settings });
  const source = settingsOf(sourceServer);
  await runSql(
    source,
    "create extension ruled",
    "insert into rules values ('mine')",
    "select nextval('counter')",
  );
  // A trusted extension's objects belong to the superuser, whoever created it.
  await runSql(
    settingsOf(targetServer),
    "create role plain login password 'plain'",
    "create database copy owner plain",
  );
  const target = { ...settingsOf(targetServer, "copy"), user: "plain", password: "plain" };
  const { failures } = await moveAndReport({ source, target });
  expect(failures.filter(({ kind }) => kind === "table" || kind === "sequence")).toMatchObject([
    {
      object: "public.rules",
      code: "PRIVILEGE_MISSING",
      message: "Reported by the target: permission denied for table rules",
      remedy: expect.stringContaining('grant select, insert, update, delete, truncate on "public"."rules"'),
    },
    // The other stands where it stands on the source.
    {
      object: "public.counter",
      code: "PRIVILEGE_MISSING",
      remedy: expect.stringContaining('grant update on sequence "public"."counter"'),
    },
  ]);
});

test("of an extension's tables that row security guards only those with rows are refused", async () => {
  using extension = writeExtension("guarded", GUARDED);
  const { settings } = extension;
  await using sourceServer = await startTestServer(18, { settings });
  await using targetServer = await startTestServer(18, { settings });
  const source = settingsOf(sourceServer);
  await runSql(
    source,
    "create extension guarded",
    "insert into job values ('tick')",
    "create table notes (line text)",
    "insert into notes values ('mine')",
    "create role plain login password 'plain'",
    "grant pg_read_all_data to plain",
  );
  await runSql(
    settingsOf(targetServer),
    "create role plain login password 'plain' in role pg_read_all_data, pg_write_all_data",
    "create database copy owner plain",
  );
  const plain = { user: "plain", password: "plain" };
  const target = { ...settingsOf(targetServer, "copy"), ...plain };
  const { failures, result } = await moveAndReport({ source: { ...source, ...plain }, target });
  expect(failures.filter(({ kind }) => kind === "table")).toMatchObject([
    { object: "public.job", code: "ROW_SECURITY_BLOCKS" },
  ]);
  expect(result).toMatchObject({ tables: 1, rows: 1 });
});

test("rows of an extension's table that has policies on the target ask for bypassrls, not for grants", async () => {
  using extension = writeExtension("guarded", GUARDED);
  const { settings } = extension;
  await using sourceServer = await startTestServer(18, { settings });
  await using targetServer = await startTestServer(18, { settings });
  const source = settingsOf(sourceServer);
  await runSql(source, "create extension guarded", "insert into job values ('tick')");
  const superuser = settingsOf(targetServer);
  await runSql(
    superuser,
    "create role plain login password 'plain' in role pg_read_all_data, pg_write_all_data",
    "create database copy owner plain",
    "create database again owner plain",
  );
  const plain = { user: "plain", password: "plain" };
  const { failures } = await moveAndReport({
    source,
    target: { ...settingsOf(targetServer, "copy"), ...plain },
  });
  expect(failures.filter(({ kind }) => kind === "table")).toMatchObject([
    { object: "public.job", code: "PRIVILEGE_MISSING", remedy: expect.stringContaining("bypassrls") },
  ]);
  await runSql(superuser, "alter role plain bypassrls");
  const target = { ...settingsOf(targetServer, "again"), ...plain };
  expect((await moveAndReport({ source, target })).failures.filter(({ kind }) => kind === "table")).toEqual(
    [],
  );
  expect(await queryRows(target, "select command from job")).toEqual([{ command: "tick" }]);
});
