import { expect, test } from "vitest";
import { serversForFile } from "../testing/server-pair";
import { runSql } from "../testing/with-session";
import { dropCapture } from "./drop-capture";
import { follow, leftovers, makeOnlinePair, moveOnline, rowDifferences } from "./testing/following";

const servers = serversForFile(15, 18);

/** What a database may set for its applications, and what stops their writes before a cutover. */
const SETTINGS = {
  quote_all_identifiers: "on",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  datestyle: "'SQL, DMY'",
  intervalstyle: "sql_standard",
  timezone: "'Asia/Kolkata'",
  extra_float_digits: "-3",
  bytea_output: "escape",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  xmloption: "document",
  statement_timeout: "50",
  lock_timeout: "10",
  idle_in_transaction_session_timeout: "50",
  default_transaction_read_only: "on",
};

const WRITER = [
  "set default_transaction_read_only = off",
  "set standard_conforming_strings = on",
  "set array_nulls = on",
  "set datestyle = iso",
  "set xmloption = content",
];

const SCHEMA = [
  "create table kinds (id int primary key, f float8, b bytea, i interval, t timestamptz, d date, x xml, a text[], s text)",
  "insert into kinds select i, i / 3.0, '\\x5c00', '1 day', now(), now(), 'a<b/>', array[null, 'NULL'], E'a\\\\b' from generate_series(1, 9) i",
  "create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'no DDL here.'; end $$",
];

test.each(["test_decoding", "pgoutput"] as const)("%s follows whatever the database sets", async (plugin) => {
  const name = `defaults_${plugin}`;
  const pair = await makeOnlinePair(servers.source, servers.target, name, SCHEMA);
  const settings = Object.entries(SETTINGS).map(
    ([key, value]) => `alter database ${name} set ${key} = ${value}`,
  );
  await runSql(pair.source, settings.join(";"));
  const following = follow(pair, await moveOnline(pair, plugin));
  await following.event("caught-up");
  await runSql(
    pair.source,
    ...WRITER,
    `insert into kinds select id + 10, f / 7, '\\x00ff', '-1 mon 2 days', '0044-03-15 BC', d, 'b', a || ',"'::text, s from kinds;
     update kinds set t = 'infinity', s = 'x''\\' where id > 15; delete from kinds where id < 3`,
  );
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});

test("an event trigger that refuses DDL keeps nothing of a migration on the servers", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "guarded", SCHEMA);
  const guard = "create event trigger guard on ddl_command_end execute function refuse()";
  const start = await moveOnline(pair, "pgoutput");
  await runSql(pair.source, guard);
  await runSql(pair.target, guard);
  await runSql(pair.source, "insert into kinds (id) values (100)");
  const following = follow(pair, start);
  await following.event("caught-up");
  const { failures } = await following.cutOver();
  expect(failures.map(({ object, code }) => [object, code])).toEqual([["guard", "OBJECT_CHANGED"]]);
  const signal = AbortSignal.timeout(30_000);
  await dropCapture({ ...pair, capture: pair, signal });
  expect(await leftovers(pair)).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  await expect(moveOnline(pair, "pgoutput")).rejects.toMatchObject({
    code: "PRIVILEGE_MISSING",
    message: expect.stringContaining("choose test_decoding"),
  });
  expect(await leftovers(pair)).toEqual([]);
});

test("a login that is set to act as another role moves and follows with its own rights", async () => {
  const pair = await makeOnlinePair(servers.source, servers.target, "acting", SCHEMA);
  for (const side of [pair.source, pair.target])
    await runSql(
      side,
      "create role little",
      "create role acting login superuser password 'acting'",
      "alter role acting set role = 'little'",
    );
  const login = { user: "acting", password: "acting" };
  const acting = { ...pair, source: { ...pair.source, ...login }, target: { ...pair.target, ...login } };
  const following = follow(acting, await moveOnline(acting, "pgoutput"));
  await following.event("caught-up");
  await runSql(pair.source, "insert into kinds (id) values (100)");
  expect((await following.cutOver()).failures).toEqual([]);
  expect(await rowDifferences(pair)).toEqual([]);
  expect(await leftovers(pair)).toEqual([]);
});
