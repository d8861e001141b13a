/** What is moved; `scale` multiplies the rows. */
export interface Workload {
  name: string;
  describe: (scale: number) => string;
  sql: (scale: number) => string[];
}

const oneWideTable: Workload = {
  name: "one wide table",
  describe: (scale) => `${Math.round(150_000 * scale)} rows of 24 columns, primary key and 2 indexes`,
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
     from generate_series(1, ${Math.round(150_000 * scale)}) i`,
    "alter table wide add primary key (id)",
    "create index on wide (created)",
    "create index on wide (city, kind)",
    "analyze",
  ],
};

const mixedSchema: Workload = {
  name: "mixed schema",
  describe: (scale) =>
    `8 tables, one of them with half of the rows, ${Math.round(600_000 * scale)} events; partitions, GIN, foreign keys, a materialised view`,
  sql: (scale) => [
    "create table customer (id integer primary key, email text not null unique, profile jsonb not null, joined timestamptz not null)",
    "create table product (id integer primary key, title text not null, price numeric(10,2) not null, search tsvector)",
    "create table sale (id bigint generated always as identity, customer_id integer not null, product_id integer not null, at timestamptz not null, quantity integer not null, note text) partition by range (at)",
    ...[2021, 2022, 2023, 2024].map(
      (year) =>
        `create table sale_${year} partition of sale for values from ('${year}-01-01 00:00+00') to ('${year + 1}-01-01 00:00+00')`,
    ),
    "create table event (id bigint, session uuid, at timestamptz, kind text, data jsonb)",
    "create table picture (product_id integer primary key, data bytea)",
    `insert into customer select i, 'c' || i || '@example.test', jsonb_build_object('name', md5(i::text), 'tags', jsonb_build_array(i % 9, i % 7), 'city', i % 400), timestamptz '2020-01-01 00:00+00' + i * interval '1 min' from generate_series(1, ${Math.round(40_000 * scale)}) i`,
    `insert into product select i, 'Product ' || i || ' ' || md5(i::text), i % 9999 / 100.0, to_tsvector('simple', 'product ' || i || ' ' || md5((i % 977)::text)) from generate_series(1, ${Math.round(20_000 * scale)}) i`,
    `insert into sale (customer_id, product_id, at, quantity, note) select 1 + i % ${Math.round(40_000 * scale)}, 1 + i % ${Math.round(20_000 * scale)}, timestamptz '2021-01-01 00:00+00' + (i % 1460) * interval '1 day', i % 9, case when i % 4 = 0 then md5(i::text) end from generate_series(1, ${Math.round(300_000 * scale)}) i`,
    `insert into event select i, md5((i / 20)::text)::uuid, timestamptz '2024-01-01 00:00+00' + i * interval '1 s', 'kind ' || i % 12, jsonb_build_object('page', '/p/' || i % 5000, 'ms', i % 700) from generate_series(1, ${Math.round(600_000 * scale)}) i`,
    `insert into picture select i, decode(repeat(md5(i::text), 300), 'hex') from generate_series(1, ${Math.round(5_000 * scale)}) i`,
    "alter table sale add primary key (id, at)",
    "alter table event add primary key (id)",
    "create index on customer using gin (profile)",
    "create index on product using gin (search)",
    "create index on sale (customer_id)",
    "create index on event (session, at)",
    "create index on event using brin (at)",
    "alter table sale add foreign key (customer_id) references customer",
    "alter table sale add foreign key (product_id) references product",
    "alter table picture add foreign key (product_id) references product",
    "create materialized view revenue as select product_id, sum(quantity) as quantity from sale group by product_id",
    "analyze",
  ],
};

const manySmallTables: Workload = {
  name: "1,000 small tables",
  describe: (scale) =>
    `1,000 tables of ${Math.round(100 * scale)} rows, each with a primary key and an index`,
  sql: (scale) => [
    `do $$ begin
       for i in 1..1000 loop
         execute format('create table small_%s (id integer primary key, v text, at timestamptz)', i);
         execute format('insert into small_%s select g, md5(g::text), timestamptz ''2024-01-01 00:00+00'' + g * interval ''1 h'' from generate_series(1, ${Math.round(100 * scale)}) g', i);
         execute format('create index on small_%s (v)', i);
         if i % 250 = 0 then commit; end if;
       end loop;
     end $$`,
    "analyze",
  ],
};

export const WORKLOADS: readonly Workload[] = [oneWideTable, mixedSchema, manySmallTables];
