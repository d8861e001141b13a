/** What is moved; `scale` multiplies the rows. */
export interface Workload {
  /** Key for --only. */
  key: "mixed" | "table" | "documents" | "small" | "tiny";
  name: string;
  describe: (scale: number) => string;
  sql: (scale: number) => string[];
  /** Thousands of files: dropping them soon would slow down the next run, because file systems do not reuse their inodes at once. */
  manyFiles: boolean;
  /** At most what Howdah may take of each kind of peer's time. */
  goals: Readonly<Record<PeerKind, number>>;
}

export type PeerKind = "pgcopydb" | "pgcopydb tuned" | "pg_dump -Fd" | "pg_dump | psql";

const mixed: Workload = {
  key: "mixed",
  name: "mixed",
  describe: (scale) =>
    `wide text, jsonb and tsvector with GIN, bytea, 8 partitions, foreign keys, a materialised view; ${count(4_000_000 * scale)} events, ${count(2_400_000 * scale)} sales`,
  sql: mixedSql,
  manyFiles: false,
  goals: { pgcopydb: 0.78, "pgcopydb tuned": 0.88, "pg_dump -Fd": 0.58, "pg_dump | psql": 0.5 },
};

function mixedSql(scale: number): string[] {
  const [customers, products] = [Math.round(200_000 * scale), Math.round(100_000 * scale)];
  const rows = (n: number) => `generate_series(1, ${Math.round(n * scale)}) i`;
  return [
    "create table customer (id integer primary key, email text not null unique, profile jsonb not null, joined timestamptz not null)",
    "create table product (id integer primary key, title text not null, price numeric(10,2) not null, search tsvector)",
    "create table document (id bigint primary key, customer_id integer not null, title text not null, body text not null)",
    "create table picture (product_id integer primary key, data bytea not null)",
    "alter table picture alter data set storage external",
    "create table sale (id bigint generated always as identity, customer_id integer not null, product_id integer not null, at timestamptz not null, quantity integer not null, note text) partition by range (at)",
    ...[2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024].map(
      (year) =>
        `create table sale_${year} partition of sale for values from ('${year}-01-01 00:00+00') to ('${year + 1}-01-01 00:00+00')`,
    ),
    "create table event (id bigint, session uuid, at timestamptz, kind text, data jsonb)",
    `insert into customer select i, 'c' || i || '@example.test', jsonb_build_object('name', md5(i::text), 'tags', jsonb_build_array(i % 9, i % 7), 'city', i % 400), timestamptz '2020-01-01 00:00+00' + i * interval '1 min' from ${rows(200_000)}`,
    `insert into product select i, 'Product ' || i || ' ' || md5(i::text), i % 9999 / 100.0, to_tsvector('simple', 'product ' || i || ' ' || md5((i % 977)::text)) from ${rows(100_000)}`,
    `insert into document select i, 1 + i % ${customers}, 'Document ' || i, (select string_agg(md5((i * 64 + g)::text), ' ') from generate_series(1, 40) g) from ${rows(150_000)}`,
    `insert into picture select i, (select string_agg(sha256((i * 256 + g)::text::bytea), '') from generate_series(1, 256) g) from ${rows(30_000)}`,
    `insert into sale (customer_id, product_id, at, quantity, note) select 1 + i % ${customers}, 1 + i % ${products}, timestamptz '2017-01-01 00:00+00' + (i % 2920) * interval '1 day', i % 9, case when i % 4 = 0 then md5(i::text) end from ${rows(2_400_000)}`,
    `insert into event select i, md5((i / 20)::text)::uuid, timestamptz '2024-01-01 00:00+00' + i * interval '1 s', 'kind ' || i % 12, jsonb_build_object('page', '/p/' || i % 5000, 'ms', i % 700) from ${rows(4_000_000)}`,
    "alter table sale add primary key (id, at)",
    "alter table event add primary key (id)",
    "create index on customer using gin (profile)",
    "create index on customer (joined)",
    "create index on product using gin (search)",
    "create index on document (customer_id)",
    "create index on document (md5(body))",
    "create index on sale (customer_id)",
    "create index on sale (product_id, at)",
    "create index on event (session, at)",
    "create index on event using brin (at)",
    "alter table sale add foreign key (customer_id) references customer",
    "alter table sale add foreign key (product_id) references product",
    "alter table document add foreign key (customer_id) references customer",
    "alter table picture add foreign key (product_id) references product",
    "create materialized view revenue as select product_id, sum(quantity) as quantity from sale group by product_id",
    "analyze",
  ];
}

const table: Workload = {
  key: "table",
  name: "one table",
  describe: (scale) => `${count(1_900_000 * scale)} rows of 24 columns, primary key and 2 more indexes`,
  sql: (scale) => [
    `create table wide (
       id bigint, created timestamptz, updated timestamp, day date, flag boolean, kind smallint, amount numeric(12,2), ratio float8, score real, key uuid,
       name varchar(60), city text, note text, tags text[], numbers integer[], attributes jsonb, payload bytea, address inet, span interval,
       a bigint, b bigint, c integer, d integer, e text)`,
    `insert into wide
     select i, timestamptz '2020-01-01 00:00+00' + i * interval '17 s', timestamp '2020-01-01' + i * interval '3 s', date '2000-01-01' + i % 9000, i % 3 = 0, i % 100,
            i % 1000000 / 100.0, sin(i), cos(i), md5(i::text)::uuid, 'name ' || i % 5000, 'city ' || i % 300, repeat(md5(i::text), 1 + i % 5),
            array['t' || i % 7, 'u' || i % 11], array[i % 3, i % 5, i % 7], jsonb_build_object('id', i, 'group', i % 50, 'text', md5((i * 3)::text)),
            decode(repeat(md5((i * 7)::text), 4), 'hex'), ('10.0.' || i % 256 || '.' || i % 200)::inet, make_interval(secs => i % 86400), i, i * 2, i % 1000, i % 77, null
     from generate_series(1, ${Math.round(1_900_000 * scale)}) i`,
    "alter table wide add primary key (id)",
    "create index on wide (created)",
    "create index on wide (city, kind)",
    "analyze",
  ],
  manyFiles: false,
  goals: { pgcopydb: 0.9, "pgcopydb tuned": 0.95, "pg_dump -Fd": 0.7, "pg_dump | psql": 0.6 },
};

const documents: Workload = {
  key: "documents",
  name: "documents",
  describe: (scale) =>
    `${count(120_000 * scale)} rows of jsonb and text of 4 kB each, which TOAST compresses`,
  sql: (scale) => [
    "create table document (id bigint primary key, data jsonb not null, body text not null)",
    `insert into document
     select i, (select jsonb_agg(jsonb_build_object('sku', g, 'name', 'Item number ' || (g * i) % 977, 'price', (g * i) % 10000 / 100.0, 'hash', md5((g * i)::text))) from generate_series(1, 40) g),
            (select string_agg('The quick brown fox ' || md5((g * i)::text) || ' jumps over the lazy dog ', ' ') from generate_series(1, 50) g)
     from generate_series(1, ${Math.round(120_000 * scale)}) i`,
    "analyze",
  ],
  manyFiles: false,
  goals: mixed.goals,
};

const small: Workload = {
  key: "small",
  name: "small tables",
  describe: (scale) => `${count(1_000 * scale)} tables of 100 rows, each with a primary key and an index`,
  sql: (scale) => manyTables(Math.round(1_000 * scale), "100", "create index on many_%1$s (v)"),
  manyFiles: true,
  goals: { pgcopydb: 0.2, "pgcopydb tuned": 0.3, "pg_dump -Fd": 0.5, "pg_dump | psql": 0.5 },
};

const tiny: Workload = {
  key: "tiny",
  name: "tiny tables",
  describe: (scale) =>
    `${count(10_000 * scale)} tables with a primary key, every other one empty, else with 3 rows`,
  sql: (scale) => manyTables(Math.round(10_000 * scale), "(n % 2) * 3", null),
  manyFiles: true,
  goals: { pgcopydb: 0.2, "pgcopydb tuned": 0.3, "pg_dump -Fd": 0.5, "pg_dump | psql": 0.8 },
};

function manyTables(tables: number, rows: string, index: string | null): string[] {
  const statements = [
    "create table many_%1$s (id integer primary key, v text, at timestamptz)",
    "insert into many_%1$s select g, md5(g::text), timestamptz ''2024-01-01 00:00+00'' + g * interval ''1 h'' from generate_series(1, %2$s) g",
    ...(index === null ? [] : [index]),
  ];
  return [
    `do $$ begin
       for n in 1..${tables} loop
         ${statements.map((statement) => `execute format('${statement}', n, ${rows});`).join("\n")}
         if n % 250 = 0 then commit; end if;
       end loop;
     end $$`,
    "analyze",
  ];
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString("en-GB");
}

export const WORKLOADS: readonly Workload[] = [mixed, table, documents, small, tiny];
