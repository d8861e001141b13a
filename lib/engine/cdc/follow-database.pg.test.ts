import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { leftSessions } from "../testing/source-guard";
import { queryRows, runSql } from "../testing/with-session";
import { differences, follow, leftovers, makeOnlinePair, moveOnline } from "./testing/following";

let targetServer: TestServer;

beforeAll(async () => {
  targetServer = await startTestServer(18);
});

afterAll(async () => {
  await targetServer?.[Symbol.asyncDispose]();
});

const SCHEMA = [
  "create table parent (id int primary key, v text)",
  "insert into parent select i, md5(i::text) from generate_series(1, 1000) i",
  "create table child (id serial primary key, parent int references parent)",
  "insert into child (parent) select i from generate_series(1, 1000) i",
  "create table nameless (v text)",
  "insert into nameless values ('one'), ('one'), ('two')",
  "create unlogged table volatile (id int primary key)",
  "insert into volatile select generate_series(1, 10)",
  "create function touch() returns trigger language plpgsql as 'begin new.v := new.v || $$!$$; return new; end'",
  "create trigger touched before insert or update on parent for each row execute function touch()",
  "alter table parent enable always trigger touched",
  "create policy mine on child using (id > 0)",
  "alter table child enable row level security",
  "create materialized view totals as select count(*) as n from child",
  "create unique index on totals (n)",
  "create table parts (id int, at int, primary key (id, at)) partition by range (at)",
  "create table parts_1 partition of parts for values from (0) to (10)",
  "create table parts_2 partition of parts for values from (10) to (20)",
  "insert into parts select i, i % 20 from generate_series(1, 100) i",
  "select lo_from_bytea(4711, 'large')",
];

const CHANGES = [
  "insert into parent select i, 'later' from generate_series(2000, 2100) i",
  "begin; update parent set v = 'changed' where id < 20; delete from child where id < 10; commit",
  "insert into child (parent) select 2000 from generate_series(1, 50)",
  "update nameless set v = 'three' where v = 'two'",
  "insert into nameless values ('four')",
  "insert into volatile values (77)",
  "update parts set at = at + 10 where id = 3",
  "select lo_from_bytea(4712, 'new'), lo_put(4711, 0, 'LARGE')",
  "select setval('child_id_seq', 5000)",
  "refresh materialized view totals",
];

const majors: EmbeddedMajor[] = [12, 15, 17, 18];

describe.each(majors)("from %i", (major) => {
  let sourceServer: TestServer;

  beforeAll(async () => {
    sourceServer = await startTestServer(major);
  });

  afterAll(async () => {
    await sourceServer?.[Symbol.asyncDispose]();
  });

  test.each(["test_decoding", "pgoutput"] as const)("the whole way with %s", async (plugin) => {
    const pair = await makeOnlinePair(sourceServer, targetServer, `whole_${plugin}_${major}`, SCHEMA);
    const start = await moveOnline(pair, plugin);
    const following = follow(pair, start);
    await following.event("caught-up");
    await runSql(pair.source, ...CHANGES);
    following.wish = { kind: "rehearse", id: "one" };
    const { cutover: rehearsal } = await following.event("rehearsed");
    expect(rehearsal.isRehearsal).toBe(true);
    expect(await queryRows(pair.target, "select * from pg_trigger where not tgisinternal")).toEqual([]);
    await runSql(
      pair.source,
      "insert into parent values (9000, 'last')",
      "update nameless set v = 'five' where v = 'four'",
    );
    const { cutover, failures } = await following.cutOver();
    expect(failures).toEqual([]);
    expect(cutover.unfollowed).toEqual([]);
    expect(cutover.steps.map(({ step }) => step)).toEqual([
      "apply",
      "recopy",
      "large-objects",
      "sequences",
      "materialized-views",
      "triggers-and-rules",
      "clean-up",
    ]);
    expect(following.restarts).toBe(0);
    expect(await leftovers(pair)).toEqual([]);
    expect(await differences(pair)).toEqual([]);
    expect(await leftSessions(sourceServer)).toEqual([]);
  });
});
