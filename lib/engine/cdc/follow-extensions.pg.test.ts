import { expect, test } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { queryRows, runSql } from "../testing/with-session";
import { writeExtension } from "../testing/write-extension";
import { follow, leftovers, makeOnlinePair, moveOnline } from "./testing/following";

const SCRIPT = `
create table rules (name text primary key, builtin boolean not null default false);
insert into rules values ('shipped', true);
create table log (line text);
create table untouched (line text);
select pg_catalog.pg_extension_config_dump('rules', 'where not builtin');
select pg_catalog.pg_extension_config_dump('log', '');
select pg_catalog.pg_extension_config_dump('untouched', '');`;

const SCHEMA = ["create extension ruled", "insert into log values ('first')"];

const RULES = "select name from rules order by name";

test("rows that come into an extension's tables while changes are followed are there after the cutover", async () => {
  using extension = writeExtension("ruled", SCRIPT);
  const { settings } = extension;
  await using source = await startTestServer(18, { settings: { ...settings, wal_level: "logical" } });
  await using target = await startTestServer(18, { settings });
  for (const plugin of ["test_decoding", "pgoutput"] as const) {
    const pair = await makeOnlinePair(source, target, `extended_${plugin}`, SCHEMA);
    const start = await moveOnline(pair, plugin);
    const following = follow(pair, start);
    await following.event("caught-up");
    await runSql(pair.source, "insert into rules values ('mine')", "delete from log");
    // Whoever may not write it has nothing to write there either.
    await runSql(
      pair.target,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not to be written'; end $$`,
      "create trigger refuse before insert or update or delete or truncate on untouched execute function refuse()",
      "alter table untouched enable always trigger refuse",
    );
    expect((await following.cutOver()).failures).toEqual([]);
    expect(await queryRows(pair.target, RULES)).toEqual([{ name: "mine" }, { name: "shipped" }]);
    expect(await queryRows(pair.target, "select from log")).toEqual([]);
    expect(await leftovers(pair)).toEqual([]);
  }
});
