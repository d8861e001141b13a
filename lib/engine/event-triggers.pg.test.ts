import { expect, test } from "vitest";
import { createTargetDatabase } from "./target-database";
import { moveAndReport } from "./testing/move-and-report";
import { serversForFile } from "./testing/server-pair";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql } from "./testing/with-session";

const servers = serversForFile(16, 16);

const SCHEMA = `
  create table owners (id int primary key, name text unique);
  create table pets (id int primary key, owner int references owners, name text);
  create index on pets (name);
  insert into owners values (1, 'ann');
  insert into pets values (1, 1, 'rex');
  create view names as select name from pets`;

const INDEXES = "select indexname from pg_catalog.pg_indexes where schemaname = 'public' order by 1";
const FOREIGN_KEYS = "select conname, convalidated from pg_catalog.pg_constraint where contype = 'f'";

test("event triggers that are on the target before a migration, as those of an extension, refuse it nothing", async () => {
  const [source, target] = [settingsOf(servers.source, "origin"), settingsOf(servers.target, "copy")];
  await runSql(settingsOf(servers.source), "create database origin");
  await runSql(source, SCHEMA);
  const signal = new AbortController().signal;
  await createTargetDatabase({ source, target: settingsOf(servers.target), name: "copy", signal });
  await runSql(
    target,
    "create schema guards",
    `create function guards.refuse() returns event_trigger language plpgsql as $$
       begin raise exception '% is refused', tg_tag; end $$`,
    "create event trigger guard on ddl_command_end execute function guards.refuse()",
  );
  const { failures } = await moveAndReport({ source, target, jobs: 2 });
  expect(failures).toEqual([]);
  for (const sql of [INDEXES, FOREIGN_KEYS])
    expect(await queryRows(target, sql)).toEqual(await queryRows(source, sql));
});
