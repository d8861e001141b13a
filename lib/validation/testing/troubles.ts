import { expect } from "vitest";
import type { EmbeddedMajor } from "@/lib/embedded/binaries";
import { ident, literal } from "@/lib/postgres/sql";
import { type Found, OWN_LOCALE, PLAIN } from "./trouble-pair";

/** Names that break statements put together by hand. */
export const DATABASE = `we"ird 'n; DB`;
const ODD = `we"ird 'n; drop\n表`;
const ODD_TABLE = `${ident(ODD)}.${ident(ODD)}`;
const EVERY = ident(`every ${ODD}`);
const MOVER = ident(PLAIN.user);

interface Pair {
  from: EmbeddedMajor;
  to: EmbeddedMajor;
}

/** State of two servers on which one rule, or several, have something to say, and what they are to say. */
export interface Trouble {
  rule: string;
  /** Statements that make it: in the database, in postgres of the source, in postgres of the target. */
  inDatabase?: string[];
  onSource?: string[];
  onTarget?: string[];
  /** Server settings of the source; some take the restart that follows. */
  settings?: Record<string, string>;
  /** Pairs of majors that can have it; all when absent. */
  when?(pair: Pair): boolean;
  /** What superusers are told; absent: nothing. */
  found?: Found;
  /** What logins without rights are told, where it is something else; null: nothing. */
  plain?: Found[] | null;
}

const warning = (code: string, objects: unknown[], fix: unknown[] = []): Found => ({
  state: "Warning",
  code,
  objects,
  fix,
});
const failed = (code: string, objects: unknown[], fix: unknown[] = []): Found => ({
  ...warning(code, objects, fix),
  state: "Failed",
});
const unchecked: Found = { state: "not checked", objects: [], fix: [] };
const isAlterSystem = (name: string) => expect.stringMatching(`^alter system set ${name} = \\d+;$`);

const SERVER_TROUBLES: readonly Trouble[] = [
  {
    rule: "roles-present",
    onSource: ["create role only_here", `create role "only;here" login`],
    found: warning(
      "ROLE_MISSING",
      ["only;here", "only_here"],
      [`create role "only;here" login;`, `create role "only_here";`],
    ),
  },
  {
    rule: "target-may-create-databases",
    plain: [failed("CREATEDB_MISSING", [], [`alter role ${MOVER} createdb;`])],
  },
  {
    rule: "target-may-create-roles",
    plain: [warning("CREATEROLE_MISSING", [], [`alter role ${MOVER} createrole;`])],
  },
  {
    rule: "target-writable",
    onTarget: [`alter role ${MOVER} set default_transaction_read_only = on`],
    plain: [failed("TARGET_READ_ONLY", [])],
  },
  { rule: "target-storage", plain: [unchecked] },
  { rule: "long-transactions", plain: [unchecked] },
  {
    rule: "server-parameters",
    settings: { DateStyle: "SQL, DMY" },
    found: warning(
      "PARAMETERS_DIFFER",
      ["DateStyle: source SQL, DMY, target ISO, MDY"],
      [`alter system set "DateStyle" = 'SQL, DMY';`, "select pg_reload_conf();"],
    ),
    plain: [warning("PARAMETERS_DIFFER", ["DateStyle: source SQL, DMY, target ISO, MDY"])],
  },
  {
    rule: "prepared-transactions",
    settings: { max_prepared_transactions: "2" },
    found: warning("TRANSACTIONS_PREPARED", [expect.stringMatching(/^left 'over \(.*, since /)]),
  },
  {
    rule: "replication-right",
    plain: [failed("REPLICATION_RIGHT_MISSING", [], [`alter role ${MOVER} replication;`])],
  },
  {
    rule: "leftover-slots",
    settings: { max_replication_slots: "1" },
    found: warning(
      "SLOTS_LEFT_OVER",
      [`forgotten (${DATABASE})`],
      ["select pg_drop_replication_slot('forgotten');"],
    ),
  },
  {
    rule: "replication-slots",
    found: failed(
      "REPLICATION_SLOTS_MISSING",
      ["forgotten"],
      ["alter system set max_replication_slots = 2;"],
    ),
  },
  {
    rule: "wal-senders",
    settings: { max_wal_senders: "0" },
    found: failed("WAL_SENDERS_MISSING", [], ["alter system set max_wal_senders = 1;"]),
  },
  {
    rule: "wal-sender-timeout",
    settings: { wal_sender_timeout: "5s" },
    found: warning(
      "WAL_SENDER_TIMEOUT_SHORT",
      [],
      ["alter system set wal_sender_timeout = 0;", "select pg_reload_conf();"],
    ),
  },
  {
    rule: "slot-wal-limit",
    settings: { max_slot_wal_keep_size: "1GB" },
    when: ({ from }) => from >= 13,
    found: warning(
      "SLOT_WAL_LIMITED",
      [],
      ["alter system set max_slot_wal_keep_size = -1;", "select pg_reload_conf();"],
    ),
  },
  {
    rule: "decoding-memory",
    settings: { logical_decoding_work_mem: "4MB" },
    when: ({ from }) => from >= 13,
    found: warning(
      "DECODING_MEMORY_LOW",
      [],
      ["alter system set logical_decoding_work_mem = '64MB';", "select pg_reload_conf();"],
    ),
  },
];

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
    rule: "replica-identity",
    inDatabase: [`create schema ${ident(ODD)}`, `create table ${ODD_TABLE} (a int, b text)`],
    found: warning(
      "REPLICA_IDENTITY_MISSING",
      [ODD_TABLE],
      [`alter table ${ODD_TABLE} replica identity full;`],
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
    found: failed("LIBRARY_NOT_PRELOADED", ["pg_prewarm"]),
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
