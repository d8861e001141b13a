/** What PostgreSQL learnt after 12, by the major that has it first. */
export const newerMajors: Readonly<Record<number, string>> = {
  13: `
create index deduplicated on plain.wide (n) with (deduplicate_items = off);
alter publication all_tables set (publish_via_partition_root = true);
`,
  14: `
create table plain.since_14 (id integer primary key, many int4multirange, spans datemultirange[], n numeric, squeezed text compression pglz);
insert into plain.since_14 values (1, '{[1,3),[5,9)}', '{"{}","{[2024-01-01,2024-02-01)}"}', 'Infinity', repeat('squeeze', 9000)), (2, '{}', null, '-Infinity', null);
create function plain.atomic(a integer) returns integer language sql begin atomic select a + 1; select a * (select count(*)::integer from plain.base); end;
create procedure plain.atomic_work(p integer) language sql begin atomic insert into plain.unfilled values (p, 'x;y'); delete from plain.unfilled where id = p; end;
create statistics plain.of_expressions on (id % 10), lower(v) from plain.unfilled;
create index brin_bloom on plain.every_type using brin (a_int8 int8_bloom_ops, a_int4 int4_minmax_multi_ops);
create function plain.mixed(in a integer, out b integer, variadic c text[]) language sql as 'select a';
`,
  15: `
create table plain.since_15 (id integer primary key, v text, unique nulls not distinct (v));
insert into plain.since_15 values (1, 'a'), (2, null);
create view plain.invoker with (security_invoker = true) as select id from plain.since_15;
create publication filtered for table plain.since_15 (id) where (id > 1);
create publication of_schema for tables in schema "Odd.Schema";
create unique index nulls_alike on plain.unfilled (v) nulls not distinct;
create table plain.owned_cascade (a integer, b integer, foreign key (a) references plain.base on delete set null (a));
create collation plain.icu_plain (provider = icu, locale = 'sv');
`,
  16: `
create view plain.with_json as select id, v is json as j, json_array(id, v) as arr from plain.since_15;
create table plain.since_16 (id integer, payload text storage external);
insert into plain.since_16 select i, repeat(md5(i::text), 100) from generate_series(1, 40) i;
`,
  17: `
create table plain.identity_parts (id bigint generated always as identity, k integer not null) partition by list (k);
create table plain.identity_parts_1 partition of plain.identity_parts for values in (1);
create table plain.identity_parts_2 partition of plain.identity_parts for values in (2);
insert into plain.identity_parts (k) select 1 + i % 2 from generate_series(1, 50) i;
grant maintain on plain.unfilled to fidelity_reader;
create view plain.with_json_table as select * from json_table('[{"a":1},{"a":2}]', '$[*]' columns (a integer path '$.a')) t;
`,
  18: `
create table plain.since_18 (id integer, valid daterange, a integer, doubled integer generated always as (a * 2) virtual, stored integer generated always as (a + 1) stored, primary key (id, valid without overlaps));
insert into plain.since_18 values (1, '[2024-01-01,2024-02-01)', 5), (1, '[2024-02-01,2024-03-01)', null);
create table plain.temporal_child (id integer, valid daterange, foreign key (id, period valid) references plain.since_18 (id, period valid));
insert into plain.temporal_child values (1, '[2024-01-10,2024-02-20)');
create table plain.unenforced (a integer, b integer references plain.base not enforced, check (a > 0) not enforced, constraint a_there not null a no inherit);
insert into plain.unenforced values (-1, 12345);
alter table plain.grandchild add constraint b_there not null b not valid;
`,
};
