import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { runStatements } from "./source-sample";

/** A check that is content on the source's version and does something else on any newer one. */
function checkOnTarget(name: string, action: string): string {
  return `create function ${name}(value integer) returns boolean language plpgsql immutable as $$
    begin
      if current_setting('server_version_num')::int >= 170000 then ${action} end if;
      return true;
    end $$`;
}

const STATEMENTS = {
  /** One table whose rows the target refuses, beside one that copies. */
  pickydb: [
    checkOnTarget("refuses", "raise exception 'row % is not welcome here', value;"),
    "create table picky (id integer primary key check (refuses(id)))",
    "create table easy (id integer primary key, name text not null)",
    "insert into picky select n from generate_series(1, 100) n",
    "insert into easy select n, 'row ' || n from generate_series(1, 1000) n",
  ],
  /** A table that takes the target a minute, so that there is time to cancel. */
  slowdb: [
    checkOnTarget("dawdles", "perform pg_sleep(0.03);"),
    "create table slow (id integer primary key check (dawdles(id)), filler text not null)",
    "insert into slow select n, repeat('x', 1000) from generate_series(1, 2000) n",
  ],
} as const;

/** Creates a database of the source that makes trouble when it is moved. */
export async function createTroubledDatabase(
  source: ConnectionSettings,
  name: keyof typeof STATEMENTS,
): Promise<void> {
  await runStatements(source, [`drop database if exists ${ident(name)}`, `create database ${ident(name)}`]);
  // Or what is estimated would change as soon as autovacuum comes along.
  await runStatements({ ...source, database: name }, [...STATEMENTS[name], "analyze"]);
}
