import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { follow, leftovers, makeOnlinePair, moveOnline, rowDifferences } from "../cdc/testing/following";
import { canonicalDdl } from "../testing/canonical-ddl";
import { compareDatabases } from "../testing/compare-databases";
import { memoryCheckpoint } from "../testing/memory-checkpoint";
import { moveAndReport } from "../testing/move-and-report";
import { serversForFile } from "../testing/server-pair";
import { queryRows, runSql } from "../testing/with-session";
import { complaints, repair, verifyAndCollect } from "../verify/testing/verify-and-collect";

// The target builds indexes and fills views with a search_path of its own (17 on); on the source all of this works.
const servers = serversForFile(12, 18);

const SCHEMA = (database: string) => [
  "create schema app",
  `alter database ${database} set search_path = app, "$user", public`,
  "set search_path = app, public",
  "create table public.kind (id int primary key, label text unique)",
  "insert into public.kind values (1, 'a'), (2, 'b')",
  // By words, and by the name of something with blanks and capitals.
  "create function plain(text) returns text language sql immutable as $$ select lower($1) $$",
  "create function plainer(text) returns text language sql immutable as $$ select plain($1) || 'x' $$",
  "create function slug(text) returns text language plpgsql immutable as $$ begin return Plainer($1); end $$",
  `create function "My Kind?"(int) returns boolean language sql stable as $$ select exists (select from public.kind where id = $1) $$`,
  `create function kind_exists(int) returns boolean language plpgsql stable as $$ begin return "My Kind?"($1); end $$`,
  "create function is_label(text) returns boolean language sql stable as $$ select exists (select from kind where label = $1) $$",
  "create function label_of(int) returns text language sql stable as $$ select label from kind where id = $1 $$",
  "create function longer(text, text) returns boolean language sql immutable as $$ select length(plain($1)) > length($2) $$",
  "create operator public.>>>> (procedure = longer, leftarg = text, rightarg = text)",
  "create function of_its_own(text) returns text language sql immutable set search_path = app as $$ select plain($1) $$",
  // Index, generated column, check by an operator.
  "create table person (id int primary key, name text check (name operator(public.>>>>) 'x'), slug text generated always as (slug(name)) stored)",
  "insert into person select i, 'Name ' || i from generate_series(1, 100) i",
  "create index person_name on person (plainer(name)) where slug(name) <> ''",
  "create index person_own on person (of_its_own(name))",
  "create statistics person_stats on id, name from person",
  // Checks that read a table which comes later, of a partitioned table, a parent with a child of its own check, and a domain.
  'create table a_thing (id int primary key, kind int, constraint "has Kind" check (kind_exists(kind))) partition by range (id)',
  "comment on constraint \"has Kind\" on a_thing is 'it''s there'",
  "create table a_thing_1 partition of a_thing for values from (0) to (1000)",
  "insert into a_thing select i, 1 + i % 2 from generate_series(1, 50) i",
  "create table a_parent (kind int, constraint known check (kind_exists(kind)))",
  "create table a_child (constraint known check (kind_exists(kind)), constraint never check (kind_exists(kind)) no inherit) inherits (a_parent)",
  "insert into a_child values (1)",
  "alter table a_parent add constraint not_yet check (kind_exists(kind + 1)) not valid",
  "create domain label as text constraint known check (is_label(value))",
  "comment on constraint known on domain label is 'of a kind'",
  "create table a_labelled (id int primary key, l label)",
  "insert into a_labelled values (1, 'a'), (2, 'b')",
  // One that other types are made of stays as it is.
  "create domain short as text check (length(value) < 9 and plain(value) = value)",
  "create table a_list (id int primary key, l short[])",
  "insert into a_list values (1, array['a'])",
  "create view of_things as select id, label_of(kind) as label from a_thing",
  "create materialized view labels as select * from of_things",
  "create index on labels (plainer(label))",
];

test("functions find what they mention, and checks the rows of other tables", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "called", SCHEMA("called"));
  const { error, failures, events } = await moveAndReport(pair);
  expect(error).toBeNull();
  expect(failures).toEqual([]);
  expect(await compareDatabases(pair.source, pair.target, { canonical: canonicalDdl(12, 18) })).toEqual([]);
  // Neither those that mention nothing, nor the one with a path, nor what only these call.
  const notes = events.flatMap((event) => (event.type === "note" && event.data ? [event.data] : []));
  expect(notes).toContainEqual({
    functions: [
      "app.is_label(text)",
      "app.kind_exists(integer)",
      "app.label_of(integer)",
      "app.longer(text, text)",
      "app.plainer(text)",
      "app.slug(text)",
    ],
  });
  expect(notes).toContainEqual({
    checks: [
      "never on app.a_child",
      "known on app.a_parent",
      '"has Kind" on app.a_thing',
      "known on app.label",
      "known on app.a_child",
    ],
  });
  const kept = await queryRows(
    pair.target,
    "select proname, proconfig from pg_proc where proconfig is not null and oid >= 16384",
  );
  expect(kept).toEqual([{ proname: "of_its_own", proconfig: ["search_path=app"] }]);
});

test("changes are applied with the same help, which ends at the cutover", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "called_on", SCHEMA("called_on"));
  const following = follow(pair, await moveOnline(pair, "test_decoding"));
  await following.event("caught-up");
  await runSql(
    pair.source,
    "begin; insert into kind values (3, 'c'); insert into a_thing values (100, 3); insert into a_labelled values (3, 'c'); commit",
    "insert into person (id, name) values (200, 'Somebody')",
    "update person set name = 'Somebody Else' where id = 1",
    "begin; update a_thing set kind = 1 where kind = 3; update a_labelled set l = 'a' where l = 'c'; delete from kind where id = 3; commit",
  );
  const { cutover, failures } = await following.cutOver();
  expect(failures).toEqual([]);
  expect(cutover.unfollowed).toEqual([]);
  expect(await compareDatabases(pair.source, pair.target, { canonical: canonicalDdl(12, 18) })).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

test("a check that the rows break is named, and the rows stay", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "broken", [
    "create table kind (id int primary key)",
    "create function kind_exists(int) returns boolean language sql as $$ select exists (select from kind where id = $1) $$",
    "insert into kind values (1)",
    "create table a_thing (id int primary key, kind int constraint has_kind check (kind_exists(kind)))",
    "insert into a_thing values (1, 1)",
    "delete from kind",
  ]);
  const { failures } = await moveAndReport(pair);
  expect(failures).toMatchObject([
    { severity: "error", kind: "check", object: "has_kind on public.a_thing", code: "CONSTRAINT_VIOLATED" },
  ]);
  expect(failures[0]?.statement).toContain('add constraint "has_kind" CHECK (public.kind_exists(kind))');
  expect(await queryRows(pair.target, "select * from a_thing")).toEqual([{ id: 1, kind: 1 }]);
});

// Few rows on many pages: what decides about parts is pages.
const LARGE = [
  "create function helper(text) returns text language sql immutable as $$ select lower($1) $$",
  "create function by_helper(text) returns text language sql immutable as $$ select helper($1) $$",
  "create table large (id int primary key, v text) with (fillfactor = 10)",
  "insert into large select i, repeat(md5(i::text), 14) from generate_series(1, 9500) i",
  "create index on large (by_helper(v)) where id < 100",
  "create table small (id int primary key, v text)",
  "insert into small select i, 'V' || i from generate_series(1, 10) i",
  "create index on small (by_helper(v))",
];

test.each([12, 15] as const)(
  "tables of %i that no query can be planned for are copied and compared",
  async (major) => {
    await using old = await startTestServer(major);
    const pair = await makeOnlinePair(old, servers.target, `large_${major}`, LARGE);
    // It fails in the planner, so that this test shows something.
    const query = runSql(pair.source, "set search_path = ''", "select id from public.small where id > 5");
    await expect(query).rejects.toThrow("function helper(text) does not exist");
    const { failures } = await moveAndReport({ ...pair, jobs: 4 });
    expect(failures).toEqual([]);
    expect(await rowDifferences(pair)).toEqual([]);
    const onlyTables = ["public.large", "public.small"];
    expect(complaints(await verifyAndCollect(pair.source, pair.target, { onlyTables }))).toEqual([]);

    await runSql(pair.target, "update small set v = 'x' where id = 7", "delete from large where id = 77");
    const found = await verifyAndCollect(pair.source, pair.target, { onlyTables });
    await repair(pair.target, found.rows.values());
    expect(await rowDifferences(pair)).toEqual([]);
  },
);

test("a table that no query can be planned for is compared when it was rewritten, and a resumed move keeps it", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "rewritten", LARGE);
  const checkpoint = memoryCheckpoint();
  await moveAndReport({ ...pair, checkpoint });
  await runSql(pair.source, "create table another (id int)", "drop table another");
  const { events, failures } = await moveAndReport({ ...pair, checkpoint });
  expect(failures).toEqual([]);
  const kept = events.flatMap((event) =>
    event.type === "table-kept" ? [`${event.table.name} ${event.reason}`] : [],
  );
  expect(kept.sort()).toEqual(["large checksum-equal", "small checksum-equal"]);

  const online = await makeOnlinePair(servers.source, servers.target, "rewritten_on", LARGE);
  const following = follow(online, await moveOnline(online, "test_decoding"));
  await following.event("caught-up");
  await runSql(
    online.source,
    "begin; alter table small set unlogged; insert into small values (100, 'unseen'); alter table small set logged; commit",
  );
  const result = await following.cutOver();
  expect(result.failures.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(await rowDifferences(online)).toEqual([]);
});
