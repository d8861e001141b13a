/** Partitioned tables of all three kinds and nested; partitions with another column order, own indexes, own defaults. */
export const partitions = `
create table plain.by_range (id bigint not null, at timestamptz not null, region text not null default 'eu', v numeric, note text) partition by range (at);
create table plain.by_range_2023 partition of plain.by_range for values from ('2023-01-01 00:00+00') to ('2024-01-01 00:00+00');
create table plain.by_range_2024 partition of plain.by_range (region default 'us', check (id > 0)) for values from ('2024-01-01 00:00+00') to ('2025-01-01 00:00+00')
  partition by list (region);
create table plain.by_range_2024_eu partition of plain.by_range_2024 for values in ('eu', null);
create table plain.by_range_2024_us partition of plain.by_range_2024 for values in ('us', 'it''s') partition by hash (id);
create table "Odd.Schema"."by_range 2024 us.0" partition of plain.by_range_2024_us for values with (modulus 2, remainder 0);
create table "Odd.Schema"."by_range 2024 us.1" partition of plain.by_range_2024_us for values with (modulus 2, remainder 1);
create table plain.by_range_2024_rest partition of plain.by_range_2024 default;
create table plain.by_range_attached (note text, gone integer, v numeric, region text not null default 'attached', at timestamptz not null, id bigint not null);
alter table plain.by_range_attached drop column gone;
alter table plain.by_range attach partition plain.by_range_attached for values from ('2025-01-01 00:00+00') to (maxvalue);
create table plain.by_range_empty partition of plain.by_range for values from (minvalue) to ('2023-01-01 00:00+00');
alter table plain.by_range add primary key (id, at, region);

create table plain.by_hash (id integer primary key, chicken_id integer) partition by hash (id);
create table plain.by_hash_0 partition of plain.by_hash for values with (modulus 3, remainder 0);
create table plain.by_hash_1 partition of plain.by_hash for values with (modulus 3, remainder 1);
create unlogged table plain.by_hash_2 partition of plain.by_hash for values with (modulus 3, remainder 2);
create table plain.by_expression (a integer, b text) partition by list (lower(b));
create table plain.by_expression_x partition of plain.by_expression for values in ('x', 'y');
create table plain.by_expression_d partition of plain.by_expression default;
create table plain.no_partition (a integer) partition by range (a);
create table plain.detached (id integer not null, at date);
`;

/** What refers to partitions; added when the rows are there. */
export const partitionConstraints = `
create index on plain.by_range (v) where v > 10;
create index by_range_note on plain.by_range (lower(note), at desc);
create index only_one on plain.by_range_2023 using brin (at) with (pages_per_range = 4, autosummarize = on);
create index incomplete on only plain.by_range (region);
create index incomplete_2023 on plain.by_range_2023 (region);
alter index plain.incomplete attach partition plain.incomplete_2023;
create unique index unique_hash on plain.by_hash (id, chicken_id);
alter table plain.by_hash add foreign key (chicken_id) references plain.chicken on delete cascade;
create table plain.refers (hash_id integer references plain.by_hash, id bigint, at timestamptz, region text, foreign key (id, at, region) references plain.by_range);
insert into plain.refers select 5, id, at, region from plain.by_range where id % 100 = 0;
alter table plain.by_range_2024_eu add constraint v_sane check (v >= 0);
`;
