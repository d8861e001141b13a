import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";

export interface DatabaseSize {
  /** Rows of the largest table, of about 350 bytes each. */
  bigRows: number;
  smallTables: number;
  largeObjects: number;
}

/** About 200 MB, of which the largest table is copied in parts. */
export const MEDIUM: DatabaseSize = { bigRows: 450_000, smallTables: 150, largeObjects: 60 };

/** About 15 MB, for rounds that are to be short. */
export const SMALL: DatabaseSize = { bigRows: 25_000, smallTables: 40, largeObjects: 20 };

/** About 5 MB, for the tests. */
export const TINY: DatabaseSize = { bigRows: 8_000, smallTables: 15, largeObjects: 5 };

/** Rows of the unlogged table, which a crash of the source takes away. */
export const FILL_SCRATCH = "insert into scratch select generate_series(1, 500) on conflict do nothing";

/** Fills a database with everything a copy that breaks off could get wrong. */
export async function fillDatabase(
  server: { host: string; port: number; user: string; password: string },
  database: string,
  { bigRows, smallTables, largeObjects }: DatabaseSize,
): Promise<void> {
  const small = Array.from({ length: smallTables }, (_, index) => [
    `create table small.t${index} (id int generated always as identity primary key, label text unique, amount numeric)`,
    `insert into small.t${index} (label, amount) select 'label ' || i, i * 1.5 from generate_series(1, ${50 + (index % 7) * 40}) i`,
  ]);
  await runSql(settingsOf(server), `create database ${database}`);
  await runSql(
    settingsOf(server, database),
    "create schema small",
    ...small.flat(),
    "create table big (id bigint primary key, payload text, amount numeric, at timestamptz)",
    `insert into big select i, repeat(md5(i::text), 8), i * 1.25, '2020-01-01'::timestamptz + i * interval '1 minute'
       from generate_series(1, ${bigRows}) i`,
    "create index big_amount on big (amount)",
    "create index big_payload on big (md5(payload))",
    "create table lines (id serial primary key, big_id bigint not null references big, note jsonb)",
    `insert into lines (big_id, note) select 1 + (i * 37) % ${bigRows}, jsonb_build_object('n', i)
       from generate_series(1, ${Math.floor(bigRows / 4)}) i`,
    "create index lines_note on lines using gin (note)",
    "create table events (id int, day date, body bytea, primary key (id, day)) partition by range (day)",
    ...[1, 2, 3].map(
      (month) =>
        `create table events_${month} partition of events for values from ('2024-0${month}-01') to ('2024-0${month + 1}-01')`,
    ),
    `insert into events select i, '2024-01-01'::date + i % 90, decode(repeat(md5(i::text), 4), 'hex')
       from generate_series(1, ${Math.floor(bigRows / 10)}) i`,
    "create unlogged table scratch (id int primary key)",
    FILL_SCRATCH,
    "create materialized view totals as select count(*) as n, sum(amount) as amount from big",
    "create unique index totals_n on totals (n)",
    "create sequence tickets start 4711 increment 7",
    "select nextval('tickets') from generate_series(1, 5)",
    `select lo_from_bytea(0, decode(repeat(md5(i::text), 3000), 'hex')) from generate_series(1, ${largeObjects}) i`,
    "create view recent as select * from big where at > '2020-06-01'",
    "create function touch() returns trigger language plpgsql as 'begin new.at := now(); return new; end'",
    "create trigger touched before update on big for each row execute function touch()",
    "analyze",
  );
}
