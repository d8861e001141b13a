import { expect } from "vitest";
import { ident, literal } from "@/lib/postgres/sql";
import { SERVER_TROUBLES } from "./server-troubles";
import { DATABASE, failed, MOVER, type Pair, type Trouble, unchecked, warning } from "./trouble";
import { type Found, OWN_LOCALE } from "./trouble-pair";

/** Names that break statements put together by hand. */
const ODD = `we"ird 'n; drop\n表`;
const ODD_TABLE = `${ident(ODD)}.${ident(ODD)}`;
const EVERY = ident(`every ${ODD}`);

const isAlterSystem = (name: string) => expect.stringMatching(`^alter system set ${name} = \\d+;$`);

const NAMES_AND_RIGHTS: readonly Trouble[] = [
  {
    rule: "target-database-absent",
    onTarget: ["create role other login password 'other'", `create database ${ident(DATABASE)} owner other`],
    found: warning("DATABASE_EXISTS", [expect.stringMatching(/^we"ird 'n; DB \(0 tables, .*B\)$/)]),
  },
  {
    rule: "target-database-replaceable",
    plain: [
      warning("DATABASE_DROP_FAILED", [DATABASE], [`alter database ${ident(DATABASE)} owner to ${MOVER};`]),
      warning(
        "DATABASE_IN_USE",
        [expect.stringMatching(/^pid \d+ of other$/)],
        [`grant pg_signal_backend to ${MOVER};`],
      ),
    ],
  },
  {
    rule: "tables-readable",
    inDatabase: [`create schema "clo;sed"`, `create table "clo;sed".hidden (id int primary key)`],
    plain: [
      failed(
        "TABLE_UNREADABLE",
        [`"clo;sed".hidden`],
        [`grant usage on schema "clo;sed" to ${MOVER};`, `grant select on "clo;sed".hidden to ${MOVER};`],
      ),
    ],
  },
  {
    rule: "row-security",
    inDatabase: [
      "create table guarded (id int primary key)",
      "alter table guarded enable row level security",
    ],
    plain: [failed("ROW_SECURITY_BLOCKS", ["public.guarded"], [`alter role ${MOVER} bypassrls;`])],
  },
  {
    rule: "catalog-grants",
    inDatabase: [`grant select on pg_catalog.pg_authid to "only;here"`],
    found: warning(
      "CATALOG_GRANTED",
      ["SELECT on pg_authid to only;here"],
      [`revoke select on pg_catalog.pg_authid from "only;here";`],
    ),
  },
  {
    rule: "owners-in-reach",
    onSource: ["create role keeper"],
    onTarget: ["create role keeper"],
    inDatabase: ["create table kept (id int primary key)", "alter table kept owner to keeper"],
    plain: [warning("OWNER_OUT_OF_REACH", ["keeper", "postgres"], [`grant "keeper" to ${MOVER};`])],
  },
];

const OBJECTS: readonly Trouble[] = [
  {
    rule: "lock-headroom",
    settings: { max_connections: "12", max_locks_per_transaction: "10" },
    found: warning("LOCKS_FEW", [], [isAlterSystem("max_locks_per_transaction")]),
  },
  {
    rule: "tablespaces",
    onSource: ["set allow_in_place_tablespaces = on", "create tablespace ssd location ''"],
    inDatabase: ["create table fast (id int primary key) tablespace ssd"],
    found: warning("TABLESPACE_LOST", ["ssd (1 relations)"]),
  },
  {
    rule: "case-twins",
    inDatabase: ["create table twin (id int primary key)", `create table "Twin" (id int primary key)`],
    found: warning("NAMES_DIFFER_BY_CASE", [`public."Twin" and public.twin`]),
  },
  {
    rule: "column-order",
    inDatabase: [
      "create table elder (id int primary key)",
      "create table heir (own int, primary key (id)) inherits (elder)",
      `alter table elder add "La;st" text`,
    ],
    found: warning("COLUMNS_REORDERED", [
      `public.heir inherits, and its columns will come as id, "La;st", own`,
    ]),
  },
  {
    rule: "invalid-indexes",
    inDatabase: [
      "create table doubled (id int primary key, note text)",
      "insert into doubled values (1, 'x'), (2, 'x')",
    ],
    found: warning("INDEX_INVALID", [`public."bro;ken"`], [`drop index public."bro;ken";`]),
  },
  {
    rule: "file-access-functions",
    inDatabase: [`create function "read;it"() returns text language sql as $$ select pg_read_file('x') $$`],
    found: warning("SERVER_FILES_USED", [`public."read;it"()`]),
  },
  {
    rule: "function-paths",
    when: ({ from, to }) => from < 17 && to >= 17,
    inDatabase: [
      `create function "he;lper"(text) returns text language sql immutable as $$ select lower($1) $$`,
      `create function "by;path"(text) returns text language plpgsql immutable as $$ begin return "he;lper"($1); end $$`,
      `create table searched (id int primary key, name text)`,
      `create index on searched ("by;path"(name))`,
    ],
    found: warning(
      "FUNCTION_NEEDS_PATH",
      [`public."by;path"(text)`],
      [`alter function "public"."by;path"(text) set search_path = 'public', 'pg_temp';`],
    ),
  },
  {
    rule: "replica-identity",
    inDatabase: [
      `create schema ${ident(ODD)}`,
      `create table ${ODD_TABLE} (a int, b text)`,
      "create table twice (a int, b int generated always as (a * 2) stored primary key)",
      "create table postponed (id int primary key deferrable)",
    ],
    found: warning(
      "REPLICA_IDENTITY_MISSING",
      [ODD_TABLE, "public.postponed", "public.twice"],
      [ODD_TABLE, "public.postponed", "public.twice"].map(
        (table) => `alter table ${table} replica identity full;`,
      ),
    ),
  },
  {
    rule: "outside-the-stream",
    inDatabase: [`create unlogged table "scr;atch" (id int primary key)`, "select lo_create(4711)"],
    found: warning(
      "NOT_IN_CHANGE_STREAM",
      ["1 large objects", `public."scr;atch" (unlogged table)`],
      [`alter table public."scr;atch" set logged;`],
    ),
  },
  {
    rule: "replicated-triggers",
    inDatabase: [
      "create function no_op() returns trigger language plpgsql as $$ begin return new; end $$",
      `create trigger "al;ways" before insert on ${ODD_TABLE} for each row execute function no_op()`,
      `alter table ${ODD_TABLE} enable always trigger "al;ways"`,
      "create function note_it() returns event_trigger language plpgsql as $$ begin end $$",
      "create event trigger noted on ddl_command_end execute function note_it()",
      "alter event trigger noted enable always",
    ],
    found: warning(
      "TRIGGERS_REPLICATED",
      [`"al;ways" on ${ODD_TABLE} (always)`, "event trigger noted (always)"],
      [`alter table ${ODD_TABLE} enable trigger "al;ways";`, "alter event trigger noted enable;"],
    ),
  },
  {
    rule: "publications-for-all-tables",
    inDatabase: [`create publication ${EVERY} for all tables`],
    found: warning("PUBLICATION_FOR_ALL", [EVERY], [`drop publication ${EVERY};`]),
    // Said once: by the list of what does not move.
    plain: null,
  },
  {
    rule: "user-casts",
    inDatabase: [
      "create function shout(text) returns int language sql immutable as $$ select length($1) $$",
      // Whoever asks for a setting as a number must not be led astray by it.
      "create cast (text as int) with function shout(text)",
      // The internal casts of range types are not a user's, and a cast of one's own type is its owner's.
      "create type span as range (subtype = int)",
      "create type fruit as enum ('apple')",
      "create function ripe(fruit) returns int language sql immutable as $$ select 1 $$",
      "create cast (fruit as int) with function ripe(fruit)",
    ],
    plain: [warning("CAST_REFUSED", ["(text as integer)"])],
  },
  {
    rule: "objects-not-moved",
    plain: [
      warning("OBJECT_NOT_MOVED", ["event trigger noted"]),
      warning("OBJECT_NOT_MOVED", [`publication ${EVERY}`]),
    ],
  },
];

const EXTENSIONS_AND_COLLATIONS: readonly Trouble[] = [
  {
    rule: "extensions-available",
    when: ({ from, to }) => from < 17 && to >= 17,
    inDatabase: ["create extension old_snapshot"],
    found: failed("EXTENSION_UNAVAILABLE", ["old_snapshot"]),
  },
  {
    rule: "extension-versions",
    inDatabase: ["create extension pgstattuple version '1.4'"],
    found: warning(
      "EXTENSION_VERSION_DIFFERS",
      ["pgstattuple (source 1.4, target 1.5)"],
      [`alter extension "pgstattuple" update to '1.5';`],
    ),
  },
  {
    rule: "extension-schemas",
    inDatabase: ["create extension pgrowlocks schema pg_catalog"],
    found: warning(
      "EXTENSION_IN_SYSTEM_SCHEMA",
      ["pgrowlocks (pg_catalog)"],
      [`alter extension "pgrowlocks" set schema public;`],
    ),
    plain: [
      failed(
        "EXTENSION_IN_SYSTEM_SCHEMA",
        ["pgrowlocks (pg_catalog)"],
        [`alter extension "pgrowlocks" set schema public;`],
      ),
    ],
  },
  {
    rule: "preloaded-libraries",
    inDatabase: ["create extension pg_prewarm"],
    found: warning("LIBRARY_NOT_PRELOADED", ["pg_prewarm"]),
    plain: [unchecked],
  },
  {
    rule: "column-collations",
    inDatabase: [`create table sorted (id int primary key, name text collate "de-AT-x-icu")`],
    onTarget: [`drop collation pg_catalog."de-AT-x-icu"`],
    found: failed("COLLATION_MISSING", ["public.sorted.name"]),
  },
  ...(OWN_LOCALE
    ? [
        { rule: "database-locale", found: failed("LOCALE_UNAVAILABLE", [OWN_LOCALE]) },
        {
          rule: "user-collations",
          inDatabase: [`create collation "own one" (locale = ${literal(OWN_LOCALE)})`],
          found: failed("COLLATION_USER_DEFINED", [
            `public."own one": the target does not know the locale ${OWN_LOCALE}`,
          ]),
        },
      ]
    : []),
];

/** Every trouble that two servers of these majors can have at once. */
export function troublesOf(pair: Pair): Trouble[] {
  const all = [...SERVER_TROUBLES, ...NAMES_AND_RIGHTS, ...OBJECTS, ...EXTENSIONS_AND_COLLATIONS];
  return all.filter(({ when }) => when?.(pair) ?? true);
}

/** What superusers, or logins without rights, are to be told of the troubles. */
export function expectedOf(
  troubles: readonly Trouble[],
  login: "superuser" | "plain",
): Record<string, Found[]> {
  const expected = troubles.map(({ rule, found, plain }): [string, Found[]] => {
    const usual = found ? [found] : [];
    return [rule, login === "plain" && plain !== undefined ? (plain ?? []) : usual];
  });
  return Object.fromEntries(expected.filter(([, found]) => found.length > 0));
}
