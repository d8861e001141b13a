import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { follow, leftovers, makeOnlinePair, startOf } from "../cdc/testing/following";
import { moveAndReport } from "../testing/move-and-report";
import { settingsOf } from "../testing/settings-of";
import { queryRows, runSql } from "../testing/with-session";
import { writeExtension } from "../testing/write-extension";

const SCRIPT = `
create schema "Planned jobs";
create table "Planned jobs".job (command text);
create sequence "Planned jobs".counter;
select pg_catalog.pg_extension_config_dump('"Planned jobs".job', '');
select pg_catalog.pg_extension_config_dump('"Planned jobs".counter', '');
create type place as (x int, y int);
create function far(place) returns boolean language sql immutable as 'select ($1).x > 9';
create function same(place, place) returns boolean language sql immutable as 'select $1 = $2';
create operator ~~~ (leftarg = place, rightarg = place, function = same);
create function text_twins(text, text) returns boolean language sql immutable as 'select $1 = $2';
create operator ~~~~ (leftarg = text, rightarg = text, function = text_twins);
create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
create access method "b tree" type index handler pg_catalog.bthandler;
create operator class ints default for type int using "b tree" as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >,
  function 1 pg_catalog.btint4cmp(int, int);`;

test("what needs an extension that the target does not have is told as its consequence", async () => {
  using extension = writeExtension("geo-jobs", SCRIPT);
  await using sourceServer = await startTestServer(18, { settings: extension.settings });
  await using targetServer = await startTestServer(18);
  const source = settingsOf(sourceServer);
  await runSql(
    source,
    `create extension "geo-jobs"`,
    `insert into "Planned jobs".job values ('vacuum')`,
    `select nextval('"Planned jobs".counter')`,
    `grant usage on schema "Planned jobs" to public`,
    "create table city (id int primary key, at place)",
    "insert into city values (1, row(1, 2))",
    "create table places (id int, many place[])",
    "create view distant as select id from city where far(at)",
    "create table pair (id int primary key, a text, b text, check (a operator(public.~~~~) b))",
    "create table plain (id int primary key)",
    `create index on plain using "b tree" (id)`,
    "insert into plain values (1), (2)",
  );
  await runSql(settingsOf(targetServer), "create database bare");
  const target = settingsOf(targetServer, "bare");
  const { failures } = await moveAndReport({ source, target });
  const told = failures.map(({ kind, object, code, message }) => [kind, object, code, message]);
  expect(told.filter(([, , code]) => code !== "OBJECT_SKIPPED")).toEqual([
    ["extension", '"geo-jobs"', "EXTENSION_UNAVAILABLE", expect.stringContaining("geo-jobs")],
  ]);
  const why = "needs extension geo-jobs, which could not be created";
  expect(told).toEqual(
    expect.arrayContaining([
      ["table", "public.city", "OBJECT_SKIPPED", why],
      ["table", "public.places", "OBJECT_SKIPPED", why],
      ["table", "public.pair", "OBJECT_SKIPPED", why],
      ["grant", '"Planned jobs"', "OBJECT_SKIPPED", why],
      ["sequence", '"Planned jobs".counter', "OBJECT_SKIPPED", 'schema "Planned jobs" does not exist'],
    ]),
  );
  expect(await queryRows(target, "select id from plain order by id")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("what is restored at a cutover and needs it is told as its consequence", async () => {
  using extension = writeExtension("geo-jobs", SCRIPT);
  const { settings } = extension;
  await using source = await startTestServer(18, { settings: { ...settings, wal_level: "logical" } });
  await using bare = await startTestServer(18);
  const pair = await makeOnlinePair(source, bare, "refused", [
    `create extension "geo-jobs"`,
    "create table plain (id int primary key)",
    "create trigger stamped before insert on plain for each row execute function stamp()",
  ]);
  const servers = { source: pair.source, target: pair.target };
  const { result } = await moveAndReport({ ...servers, capture: { name: pair.name, plugin: "pgoutput" } });
  const following = follow(pair, startOf(result));
  await following.event("caught-up");
  const { failures } = await following.cutOver();
  const told = failures.map(({ kind, object, code, message }) => [kind, object, code, message]);
  const why = "needs extension geo-jobs, which could not be created";
  expect(told).toEqual([
    ["sequence", '"Planned jobs".counter', "OBJECT_CHANGED", expect.stringContaining("could not be made")],
    ["trigger", "stamped on public.plain", "OBJECT_SKIPPED", why],
  ]);
  expect(await leftovers(pair)).toEqual([]);
});
