import { expect, test } from "vitest";
import {
  follow,
  leftovers,
  makeOnlinePair,
  moveOnline,
  rowDifferences,
} from "@/lib/engine/cdc/testing/following";
import { serversForFile } from "@/lib/engine/testing/server-pair";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { complaints, repair, verifyAndCollect } from "@/lib/engine/verify/testing/verify-and-collect";
import { runConnectionTest } from "@/lib/postgres/probes/run-connection-test";
import { runValidation } from "./run";

const servers = serversForFile(15, 18);

/**
 * In the place of every function and operator that its owner can imitate, one that raises an exception: whoever resolves a name
 * by the database's search_path runs what its owner wrote, with his own rights (CVE-2018-1058).
 */
const TRAPS = `
do $traps$
declare one record; called text;
begin
  create schema trap;
  grant usage on schema trap to public;
  for one in
    select p.oid, p.proname, pg_catalog.pg_get_function_arguments(p.oid) as arguments, pg_catalog.pg_get_function_result(p.oid) as result
      from pg_catalog.pg_proc p
     where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.prokind = 'f' and not p.proretset
       and p.proname !~ '(in|out|recv|send|_handler|sel|typmod.*)$' and p.prorettype::regtype::text not in ('internal', 'cstring', 'trigger')
  loop
    begin
      execute pg_catalog.format('create function trap.%I(%s) returns %s language plpgsql as %L', one.proname, one.arguments, one.result,
        pg_catalog.format('begin raise exception ''trapped by %s''; end', one.proname));
    exception when others then null;
    end;
  end loop;
  for one in
    select distinct on (o.oid) o.oprname, o.oprleft::regtype as l, o.oprright::regtype as r, o.oprresult::regtype as result
      from pg_catalog.pg_operator o where o.oprleft <> 0
  loop
    begin
      called := 'op_' || pg_catalog.md5(one.oprname || one.l::text || one.r::text);
      execute pg_catalog.format('create function trap.%I(%s, %s) returns %s language plpgsql as %L', called, one.l, one.r, one.result,
        pg_catalog.format('begin raise exception ''trapped by operator %s of %s''; end', pg_catalog.replace(one.oprname, '%', '%%'), one.l));
      execute pg_catalog.format('create operator trap.%s (leftarg = %s, rightarg = %s, function = trap.%I)', one.oprname, one.l, one.r, called);
    exception when others then null;
    end;
  end loop;
end $traps$`;

const SCHEMA = [
  "create table item (id int primary key, name text, at timestamptz, tags text[], extra jsonb, half int generated always as (id / 2) stored)",
  "create table keyless (a int, b text)",
  "alter table keyless replica identity full",
  // A query of it needs a search_path of its own.
  "create function helper(text) returns text language sql immutable as $$ select left($1, 10) $$",
  "create function by_helper(text) returns text language sql immutable as $$ select helper($1) $$",
  "create index on item (by_helper(name))",
  "create sequence counter",
  "create materialized view items as select count(*) from item",
  "insert into item select i, 'n' || i, now(), array['a', null], '{}' from generate_series(1, 500) i",
  "insert into keyless select i, 'n' || i from generate_series(1, 50) i",
  "select lo_from_bytea(4711, 'large')",
];

test.each(["test_decoding", "pgoutput"] as const)(
  "nothing the database's owner made is run in the place of PostgreSQL's own (%s)",
  async (plugin) => {
    const name = `trapped_${plugin}`;
    const pair = await makeOnlinePair(servers.source, servers.target, name, SCHEMA);
    await runSql(pair.source, TRAPS, `alter database ${name} set search_path = trap, pg_catalog, public`);
    const [{ traps } = { traps: 0 }] = await queryRows<{ traps: number }>(
      pair.source,
      "select pg_catalog.int4(pg_catalog.count(*)) as traps from pg_catalog.pg_operator where oprnamespace operator(pg_catalog.=) 'trap'::pg_catalog.regnamespace::pg_catalog.oid",
    );
    expect(traps).toBeGreaterThan(500);
    await expect(queryRows(pair.source, "select 1 + 1")).rejects.toThrow(/trapped by operator \+/);
    const tested = await runConnectionTest({
      settings: pair.source,
      side: "source",
      signal: AbortSignal.timeout(30_000),
    });
    expect(tested).toMatchObject({ ok: true });
    const validated = await runValidation({
      source: pair.source,
      target: pair.target,
      databases: [name],
      targetNames: new Map([[name, `${name}_copy`]]),
      mode: "Online",
      provider: "self-hosted",
      signal: AbortSignal.timeout(60_000),
    });
    expect(JSON.stringify(validated)).not.toContain("trapped by");
    expect(JSON.stringify(validated)).not.toContain("notChecked");
    const following = follow(pair, await moveOnline(pair, plugin));
    await following.event("caught-up");
    await runSql(
      pair.source,
      "set search_path = public",
      "insert into item (id, name) values (1000, 'late')",
      "update item set name = 'x' where id = 7",
      "delete from item where id = 8",
      "update keyless set b = 'y' where a = 9",
    );
    await runSql(pair.target, `alter database ${name} set search_path = trap, pg_catalog, public`);
    expect((await following.cutOver()).failures).toEqual([]);
    await runSql(pair.source, "set search_path = public", "refresh materialized view items");
    expect(complaints(await verifyAndCollect(pair.source, pair.target))).toEqual([]);
    await runSql(pair.target, "set search_path = public", "update item set name = 'z' where id = 20");
    const found = await verifyAndCollect(pair.source, pair.target);
    expect(found.rows.get("public.item")).toMatchObject([{ kind: "changed", key: { id: "20" } }]);
    await repair(pair.target, found.rows.values());
    // The helpers of the tests are not on their guard.
    for (const side of [pair.source, pair.target])
      await runSql(side, `alter database ${name} reset search_path`);
    expect(await rowDifferences(pair)).toEqual([]);
    expect(await leftovers(pair)).toEqual([]);
  },
);
