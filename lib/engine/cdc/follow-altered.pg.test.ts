import { expect, test } from "vitest";
import { serversForFile } from "../testing/server-pair";
import { queryRows, runSql } from "../testing/with-session";
import type { OutputPlugin } from "./change-stream";
import {
  type Following,
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  rowDifferences,
} from "./testing/following";

const servers = serversForFile(12, 18);
const PLUGINS: readonly OutputPlugin[] = ["test_decoding", "pgoutput"];

const table = (name: string, columns = "id int primary key, v text") => [
  `create table ${name} (${columns})`,
  `insert into ${name} values (1, '1'), (2, '2')`,
];

function stopsOf({ events }: Following): string[] {
  return events
    .flatMap((event) => (event.type === "table-stopped" ? [`${event.table.name}: ${event.stop}`] : []))
    .sort();
}

const REWRITTEN = [
  ...table("converted"),
  ...table("there_and_back"),
  ...table("made_anew"),
  ...table("unlogged"),
  ...table("reloaded"),
  ...table("vacuumed"),
  ...table("refilled"),
];

test.concurrent.each(PLUGINS)(
  "tables whose rows were changed in ways no change tells of are copied again at the cutover (%s)",
  async (plugin) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `rewritten_${plugin}`, REWRITTEN);
    const start = await moveOnline(pair, plugin);
    const following = follow(pair, start);
    await following.event("caught-up");
    await runSql(
      pair.source,
      "alter table converted alter v type text using v || '!'",
      "alter table there_and_back alter v type int using v::int + 10, alter id type bigint",
      "alter table there_and_back alter v type text, alter id type int",
      "alter table made_anew drop v, add v text default 'new'",
      "vacuum full vacuumed",
      "update vacuumed set v = 'followed' where id = 2",
      "begin; truncate refilled; insert into refilled values (3, 'again'); commit",
    );
    const [set, back] = ["alter table unlogged set unlogged", "alter table unlogged set logged"];
    if (plugin === "test_decoding") {
      await runSql(pair.source, set, "update unlogged set v = 'unseen' where id = 1", back);
      await runSql(
        pair.source,
        "begin; truncate reloaded; alter table reloaded set unlogged; insert into reloaded values (3, 'unseen'); alter table reloaded set logged; commit",
      );
    } else await expect(runSql(pair.source, set)).rejects.toThrow("publication");
    const { cutover, failures } = await following.cutOver();
    const unseen = plugin === "test_decoding" ? ["reloaded: replaced", "unlogged: replaced"] : [];
    expect(stopsOf(following)).toEqual(
      ["converted: replaced", "made_anew: replaced", "there_and_back: replaced", ...unseen].sort(),
    );
    const steps = cutover.steps.map(({ step }) => step);
    expect(steps.filter((step) => step === "compare" || step === "recopy")).toEqual(["compare", "recopy"]);
    expect([failures, cutover.unfollowed]).toEqual([[], []]);
    expect(await rowDifferences(pair)).toEqual([]);
    expect(await leftovers(pair)).toEqual([]);
  },
);

const REORDERED = [
  "create table parent (a int, b int)",
  "create table heir (own text primary key, c int, d int) inherits (parent)",
  "alter table parent add late int",
  "insert into heir values (1, 2, 'one', 3, 4, 5)",
  "create table swapped (primary key (own)) inherits (heir)",
  "insert into swapped values (1, 2, 'one', 3, 4, 5)",
];

test.concurrent.each(PLUGINS)(
  "a table that inherits and has its columns in another order on the target is followed and compared as any other (%s)",
  async (plugin) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `reordered_${plugin}`, REORDERED);
    const start = await moveOnline(pair, plugin);
    const following = follow(pair, start);
    await following.event("caught-up");
    await runSql(
      pair.source,
      "insert into heir values (6, 7, 'two', 8, 9, 10)",
      "alter table heir rename c to x; alter table heir rename d to c; alter table heir rename x to d",
    );
    const { cutover, failures } = await following.cutOver();
    expect([failures, cutover.unfollowed]).toEqual([[], []]);
    expect(stopsOf(following)).toEqual(["heir: replaced", "swapped: replaced"]);
    const rows = "select tableoid::regclass::text, a, b, late, own, c, d from heir order by 1, own";
    const [there, here] = await Promise.all([queryRows(pair.source, rows), queryRows(pair.target, rows)]);
    expect(here).toEqual(there);
  },
);

test.concurrent("a table that is unlogged by the time of the cutover is copied again", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "unlogged", table("one"));
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await following.event("caught-up");
  await runSql(pair.source, "alter table one set unlogged", "insert into one values (3, 'unseen')");
  const { cutover, failures } = await following.cutOver();
  expect(stopsOf(following)).toEqual(["one: replaced"]);
  expect([failures, cutover.unfollowed]).toEqual([[], []]);
  expect(await rowDifferences(pair)).toEqual([]);
});

const ALTERED = [
  "create type mood as enum ('1', '2')",
  "create domain small as varchar check (length(value) < 5)",
  ...table("labelled", "id int primary key, v mood"),
  ...table("bounded", "id int primary key, v small"),
  ...table("wider", "id int primary key, v varchar(5)"),
  ...table("checked", "id int primary key, v text check (length(v) < 5)"),
  ...table("grown"),
  ...table("left_wider", "id int primary key, v varchar(5)"),
  ...table("left_checked", "id int primary key, v text constraint short check (length(v) < 5)"),
  ...table("untouched"),
];

const ALTERATIONS = [
  "alter type mood add value 'a longer one'",
  "alter domain small drop constraint small_check",
  "alter table wider alter v type varchar(50)",
  "alter table checked drop constraint checked_v_check",
  "alter table grown add more int default 7",
];

test.concurrent.each(PLUGINS)(
  "a table that is altered is stopped once its changes do not fit, and copied again when the target's was altered too (%s)",
  async (plugin) => {
    const pair = await makeOnlinePair(servers.source, servers.target, `altered_${plugin}`, ALTERED);
    const start = await moveOnline(pair, plugin);
    const following = follow(pair, start);
    await following.event("caught-up");
    const names = ["labelled", "bounded", "wider", "checked", "grown", "left_wider", "left_checked"];
    await runSql(
      pair.source,
      ...ALTERATIONS,
      "alter table left_wider alter v type varchar(50)",
      "alter table left_checked drop constraint short",
      ...names.map((name) => `insert into ${name} values (3, 'a longer one')`),
      "insert into untouched values (3, 'a longer one')",
    );
    await following.event("table-stopped", names.length);
    await runSql(pair.target, ...ALTERATIONS);
    const { cutover, failures } = await following.cutOver();
    const stops = names.map((name) => `${name}: ${name === "grown" ? "columns-changed" : "refused"}`);
    expect(stopsOf(following)).toEqual(stops.sort());
    const errors = failures.filter(({ severity }) => severity === "error");
    expect(errors.map(({ object, code }) => [object, code]).sort()).toEqual([
      ["public.left_checked", "CONSTRAINT_VIOLATED"],
      ["public.left_wider", "TABLE_CHANGED"],
    ]);
    const unfollowed = cutover.unfollowed.map(({ name, reason }) => [name, reason]);
    expect(unfollowed.sort()).toEqual([
      ["left_checked", "refused"],
      ["left_wider", "columns-changed"],
    ]);
    expect(await rowDifferences(pair)).toEqual([
      'rows "public"."left_checked"',
      'rows "public"."left_wider"',
    ]);
    expect(await leftovers(pair)).toEqual([]);
  },
);

test.concurrent("what was altered without a change that tells is told at the cutover", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "quiet", [
    "create type mood as enum ('1', '2')",
    "create table labelled (id int primary key, v mood[])",
    "insert into labelled values (1, '{1}')",
    "create schema other",
    ...table("keyed"),
    ...table("same"),
    ...table("retyped"),
    "create view shown as select v from same",
    "create materialized view counted as select count(*) from same",
    "create function answer() returns int language sql as 'select 1'",
    "create view dropped_view as select 1 as a",
    "create function dropped_function(int) returns int language sql as 'select 1'",
    "create function followed() returns int language sql as 'select 1'",
    "create index same_id_idx on same (id)",
    // The target makes functions for its multiranges of itself, and counts a partition's triggers as the user's.
    "create type span as range (subtype = interval)",
    "create table cut (id int) partition by range (id)",
    "create table cut_1 partition of cut for values from (1) to (9)",
    "create function noted() returns trigger language plpgsql as 'begin return new; end'",
    "create trigger noted after insert on cut for each row execute function noted()",
  ]);
  const start = await moveOnline(pair, "test_decoding");
  const following = follow(pair, start);
  await following.event("caught-up");
  await runSql(
    pair.source,
    "alter type mood rename value '1' to 'one'",
    "alter table keyed add unique (v)",
    "alter table retyped alter v type int using v::int + 1",
    "create or replace view shown as select v || '!' as v from same",
    "create or replace function answer() returns int language sql as 'select 2'",
    "create index on same (v)",
    "create view other.made as select 1 as a",
    "create materialized view other.counted as select count(*) from same",
    "create schema added",
    "create sequence numbers",
    "drop view dropped_view",
    "drop function dropped_function(int)",
    "create or replace function followed() returns int language sql as 'select 2'",
    "create view followed_view as select 1 as a",
    // None of these alters anything.
    "reindex index concurrently same_id_idx",
    "insert into same values (3, '3')",
    "refresh materialized view counted",
    "reindex table same",
    "vacuum analyze same",
    "create temp table passing (id int)",
  );
  await runSql(
    pair.target,
    "create or replace function followed() returns int language sql as 'select 2'",
    "create view followed_view as select 1 as a",
  );
  const { cutover, failures } = await following.cutOver();
  expect(cutover.unfollowed.map(({ name, reason }) => [name, reason]).sort()).toEqual([
    ["keyed", "constraints-changed"],
    ["labelled", "columns-changed"],
    ["retyped", "columns-changed"],
  ]);
  // Nothing promises to copy again what the target's columns cannot take.
  expect(stopsOf(following)).toEqual([]);
  expect(failures.map(({ code, severity, kind, object }) => [code, severity, kind, object])).toEqual(
    [
      ["sequence", "public.numbers"],
      ["function", "public.answer()"],
      ["index", "public.same_v_idx"],
      ["materialized-view", "other.counted"],
      ["schema", "added"],
      ["type", "public.mood"],
      ["view", "other.made"],
      ["view", "public.shown"],
      ["function", "public.dropped_function(integer)"],
      ["view", "public.dropped_view"],
    ].map((named) => ["OBJECT_CHANGED", "warning", ...named]),
  );
});
