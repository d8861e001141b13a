import type pg from "pg";

/** A backlog of changes. */
export interface OnlineWorkload {
  key: string;
  unit: "transactions" | "rows";
  /** Made on both sides. */
  setup: string[];
  /** `rate`: transactions per second, as fast as the server can when absent. */
  write: (client: pg.Client, size: number, rate?: number) => Promise<void>;
  /** A query that gives the same on both sides when both hold the same rows. */
  check: string;
}

const ACCOUNTS = 1_000_000;
const TELLERS = 100;
const BRANCHES = 10;

/** Within the loop over `i`: waits until as many transactions are due. */
function pauseAfter(rate: number): string {
  return `if i % 20 = 0 then
            perform pg_sleep(greatest(0, i / ${rate}.0 - extract(epoch from clock_timestamp() - started)::float8));
          end if;`;
}

/** Four changes each, three of them of rows that many transactions share (pgbench.html, "TPC-B (sort of)"). */
const PGBENCH: OnlineWorkload = {
  key: "pgbench",
  unit: "transactions",
  setup: [
    "create table accounts (aid int primary key, bid int, abalance int, filler char(84))",
    "create table tellers (tid int primary key, bid int, tbalance int, filler char(84))",
    "create table branches (bid int primary key, bbalance int, filler char(88))",
    "create table history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
    `insert into accounts select i, i % ${BRANCHES}, 0, '' from generate_series(1, ${ACCOUNTS}) i`,
    `insert into tellers select i, i % ${BRANCHES}, 0, '' from generate_series(1, ${TELLERS}) i`,
    `insert into branches select i, 0, '' from generate_series(1, ${BRANCHES}) i`,
    "analyze",
  ],
  write: async (client, size, rate) => {
    await client.query("set synchronous_commit = off");
    const pause = rate === undefined ? "" : pauseAfter(rate);
    await client.query(`
      do $$
      declare a int; t int; b int; d int; started timestamptz := clock_timestamp();
      begin
        for i in 1..${size} loop
          a := 1 + floor(random() * ${ACCOUNTS}); t := 1 + floor(random() * ${TELLERS});
          b := 1 + floor(random() * ${BRANCHES}); d := floor(random() * 10000) - 5000;
          update accounts set abalance = abalance + d where aid = a;
          update tellers set tbalance = tbalance + d where tid = t;
          update branches set bbalance = bbalance + d where bid = b;
          insert into history values (t, b, a, d, clock_timestamp());
          commit;
          ${pause}
        end loop;
      end $$`);
  },
  check: `select (select sum(abalance * aid::int8) from accounts) as a, (select sum(tbalance * tid::int8) from tellers) as t,
                 (select sum(bbalance * bid::int8) from branches) as b, (select count(*) || ' ' || sum(delta) from history) as h`,
};

const TABLES = Array.from({ length: 10 }, (_, n) => `mixed_${n}`);

/** One change a transaction, a third each inserts, updates and deletes, all of different rows. */
const MIXED: OnlineWorkload = {
  key: "mixed",
  unit: "rows",
  setup: TABLES.flatMap((table) => [
    `create table ${table} (id bigserial primary key, a int, b text, c timestamptz default now())`,
    `create index on ${table} (a)`,
    `insert into ${table} (a, b, c) select i, md5(i::text), '2026-01-01' from generate_series(1, 10000) i`,
    `analyze ${table}`,
  ]),
  write: async (client, size) => {
    await client.query("set synchronous_commit = off");
    for (const table of TABLES)
      await client.query(`
        do $$
        declare low bigint;
        begin
          select min(id) into low from ${table};
          for i in 0..${Math.ceil(size / 3 / TABLES.length)} - 1 loop
            insert into ${table} (a, b) values (i, md5(i::text));
            commit;
            update ${table} set b = md5(b) where id = low + 5000 + i;
            commit;
            delete from ${table} where id = low + i;
            commit;
          end loop;
        end $$`);
  },
  check: `select ${TABLES.map(
    (table) => `(select count(*) || ' ' || sum(hashtext(${table}::text)::int8) from ${table}) as ${table}`,
  ).join(", ")}`,
};

export const ONLINE_WORKLOADS: readonly OnlineWorkload[] = [PGBENCH, MIXED];
