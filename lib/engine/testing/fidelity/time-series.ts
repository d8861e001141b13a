import { type FidelitySchema, since } from "./fidelity-schema";

const tables = `
create schema metrics;
create schema "metrics archive";
create table metrics.device (id integer primary key, model text not null, installed date);
create table metrics.reading (device_id integer not null, at timestamptz not null, kind "char" not null, value double precision, gone_a text, quality smallint default 1, tags jsonb)
  partition by range (at);
alter table metrics.reading drop column gone_a;
create table metrics.reading_2024_q1 partition of metrics.reading for values from ('2024-01-01 00:00+00') to ('2024-04-01 00:00+00');
create table metrics.reading_2024_q2 partition of metrics.reading for values from ('2024-04-01 00:00+00') to ('2024-07-01 00:00+00') partition by list (kind);
create table metrics.reading_2024_q2_t partition of metrics.reading_2024_q2 for values in ('t');
create table metrics.reading_2024_q2_p partition of metrics.reading_2024_q2 for values in ('p', 'q') partition by hash (device_id);
create table metrics.reading_2024_q2_p0 partition of metrics.reading_2024_q2_p for values with (modulus 2, remainder 0) with (fillfactor = 60, autovacuum_enabled = off);
create table "metrics archive"."reading 2024 q2 p.1" partition of metrics.reading_2024_q2_p for values with (modulus 2, remainder 1);
create table metrics.reading_2024_q2_rest partition of metrics.reading_2024_q2 default;
create table "metrics archive".reading_old (tags jsonb, x1 integer, kind "char" not null, at timestamptz not null, x2 integer, device_id integer not null, value double precision, quality smallint default 9);
alter table "metrics archive".reading_old drop column x1, drop column x2;
alter table "metrics archive".reading_old add constraint old_range check (at >= '2020-01-01 00:00+00' and at < '2024-01-01 00:00+00') not valid;
alter table metrics.reading attach partition "metrics archive".reading_old for values from ('2020-01-01 00:00+00') to ('2024-01-01 00:00+00');
create table metrics.reading_default partition of metrics.reading default;
create table metrics.event (id bigint generated always as identity, org integer not null, name text collate "C" not null, payload text, at timestamp not null, day date generated always as (at::date) stored, primary key (org, name, id)) partition by list (org);
`;

/** Generated columns of partitioned tables work from 12 on; identity ones only from 17. */
const olderEvent = tables.replace("id bigint generated always as identity,", "id bigserial,");

const parts = `
create table metrics.event_1 partition of metrics.event for values in (1, 2) partition by range (name, id);
create table metrics.event_1_a partition of metrics.event_1 for values from (minvalue, minvalue) to ('m', 0);
create table metrics.event_1_b partition of metrics.event_1 for values from ('m', 0) to (maxvalue, maxvalue);
create table metrics.event_rest partition of metrics.event default;
create table metrics.hashed (a uuid, b integer, c text default 'parent') partition by hash (a, (b + 1));
create table metrics.hashed_0 partition of metrics.hashed (c default 'child') for values with (modulus 4, remainder 0);
create table metrics.hashed_1 partition of metrics.hashed for values with (modulus 4, remainder 1);
create table metrics.hashed_2 partition of metrics.hashed (c not null, check (length(c) > 0)) for values with (modulus 4, remainder 2);
create unlogged table metrics.hashed_3 partition of metrics.hashed for values with (modulus 4, remainder 3);
create table metrics.empty_parent (a integer, b text) partition by list ((a % 3));
create table metrics.by_text (code text, n integer) partition by range (code collate "C", n);
create table metrics.by_text_am partition of metrics.by_text for values from ('a', minvalue) to ('m', maxvalue);
create table metrics.by_bool (flag boolean, v integer) partition by list (flag);
create table metrics.by_bool_true partition of metrics.by_bool for values in (true);
create table metrics.by_bool_null partition of metrics.by_bool for values in (null, false);
create table metrics.detached_one (like metrics.reading including all);
`;

const rows = `
insert into metrics.device select i, 'm' || i % 5, date '2020-01-01' + i from generate_series(1, 60) i;
insert into metrics.reading (device_id, at, kind, value, quality, tags)
  select 1 + i % 60, timestamptz '2023-10-01 00:00+00' + i * interval '73 minutes', (array['t', 'p', 'q', 'z'])[1 + i % 4]::"char", case i % 97 when 0 then 'NaN' when 1 then '-Infinity' else sin(i) end, i % 3, case when i % 10 = 0 then jsonb_build_object('i', i) end
    from generate_series(1, 8000) i;
insert into metrics.event (org, name, payload, at) select 1 + i % 4, chr(97 + i % 26) || i, repeat('p', i % 30), timestamp '2024-01-01' + i * interval '1 minute' from generate_series(1, 3000) i;
insert into metrics.hashed select md5(i::text)::uuid, i, 'c' || i from generate_series(1, 500) i;
insert into metrics.by_text select chr(97 + i % 12) || i, i from generate_series(1, 200) i;
insert into metrics.by_bool values (true, 1), (false, 2), (null, 3);
insert into metrics.detached_one select * from metrics.reading_2024_q1 limit 100;
`;

const constraints = `
alter table metrics.reading add constraint reading_pk primary key (device_id, at, kind);
create index reading_value on metrics.reading (value) where value is not null;
create index reading_tags on metrics.reading using gin (tags jsonb_path_ops);
create index on metrics.reading (date_trunc('day', at at time zone 'UTC'), kind);
create index reading_q1_local on metrics.reading_2024_q1 using brin (at) with (pages_per_range = 8);
create index reading_only on only metrics.reading (quality);
create index reading_only_q1 on metrics.reading_2024_q1 (quality);
alter index metrics.reading_only attach partition metrics.reading_only_q1;
create unique index event_unique on metrics.event (org, name, id, at);
create index "Event day" on metrics.event (day) include (payload);
create index event_b_local on metrics.event_1_b (lower(payload));
alter table metrics.reading add constraint reading_device foreign key (device_id) references metrics.device on delete cascade;
alter table metrics.reading_2024_q1 add constraint q1_quality check (quality >= 0) not valid;
create index on metrics.hashed (b, a);
create table metrics.alarm (id serial primary key, device_id integer, at timestamptz, kind "char", foreign key (device_id, at, kind) references metrics.reading on update cascade);
insert into metrics.alarm (device_id, at, kind) select device_id, at, kind from metrics.reading where value > 0.999;
create table metrics.alarm_part (device_id integer, at timestamptz, kind "char", foreign key (device_id, at, kind) references metrics.reading deferrable initially deferred) partition by hash (device_id);
create table metrics.alarm_part_0 partition of metrics.alarm_part for values with (modulus 1, remainder 0);
insert into metrics.alarm_part select device_id, at, kind from metrics.alarm;
alter table metrics.reading_2024_q1 alter column tags set storage external, alter column value set statistics 500, alter column value set (n_distinct = 100);
alter table metrics.reading alter column value set (n_distinct_inherited = -0.1);
alter index metrics.event_b_local alter column 1 set statistics 17;
create statistics metrics.reading_stats (mcv) on kind, quality from metrics.reading_2024_q1;
alter table metrics.reading_2024_q1 cluster on reading_2024_q1_pkey;
alter table metrics.reading_2024_q2_t replica identity using index reading_2024_q2_t_pkey;
create function metrics.note() returns trigger language plpgsql as 'begin return new; end';
create trigger reading_note after insert on metrics.reading for each row execute function metrics.note();
create trigger reading_note_q1 before insert on metrics.reading_2024_q1 for each row execute function metrics.note();
alter table metrics.reading_2024_q2_t disable trigger reading_note;
alter table metrics.event enable row level security;
create policy orgs on metrics.event using (org = 1);
create view metrics.daily as select date_trunc('day', at) as day, kind, avg(value) filter (where value = value and abs(value) < 2) as mean, count(*) as n from metrics.reading group by 1, 2;
create materialized view metrics.daily_stored as select day, kind, round(mean::numeric, 9) as mean, n from metrics.daily;
create materialized view metrics.monthly as select date_trunc('month', day) as month, sum(n) as n from metrics.daily_stored group by 1;
create index on metrics.daily_stored (day);
comment on table metrics.reading_2024_q2_p0 is 'a leaf';
comment on index metrics.reading_value is 'a partitioned index';
comment on constraint reading_pk on metrics.reading is 'its key';
grant select on metrics.reading to metrics_reader;
grant insert on metrics.reading_2024_q1 to metrics_reader;
alter table metrics.reading_2024_q2 owner to metrics_owner;
alter table metrics.event_1_a owner to metrics_owner;
`;

/** Exclusion constraints of partitioned tables came with 17. */
const partitionedExclusion = `
create table metrics.slot (room integer not null, during int4range not null) partition by list (room);
create table metrics.slot_1 partition of metrics.slot for values in (1);
create table metrics.slot_rest partition of metrics.slot default partition by list (room);
create table metrics.slot_rest_1 partition of metrics.slot_rest for values in (0);
create table metrics.slot_rest_2 partition of metrics.slot_rest default;
create extension if not exists btree_gist schema metrics;
alter table metrics.slot add constraint slot_free exclude using gist (room with =, during with &&);
insert into metrics.slot select i % 3, int4range(i, i + 1) from generate_series(1, 90) i;
alter index metrics.slot_rest_1_room_during_excl rename to "own; name";
comment on constraint "own; name" on metrics.slot_rest_1 is 'of a partition';
comment on constraint slot_free on metrics.slot is 'no double booking';
`;

export const timeSeries: FidelitySchema = {
  name: "time-series",
  roles: ["metrics_reader", "metrics_owner"],
  steps: (major) => [
    major >= 17 ? tables : olderEvent,
    parts,
    rows,
    constraints,
    since(
      major,
      13,
      "create publication readings for table metrics.reading with (publish_via_partition_root)",
    ),
    since(major, 17, partitionedExclusion),
  ],
};
