/** Tables whose values are apt to have another text, order or hash on another server. Runs on PostgreSQL 12 and newer. */
export const NASTY = String.raw`
create schema "Odd ""Name; --";
create type mood as enum ('sad', 'it''s', '');
create type pair as (a integer, "B b" text);
create domain short as char(5);
create domain amount as numeric check (value > -1e9);
create type span as range (subtype = float8);
create collation nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table "Odd ""Name; --"."T'""\" (
  "id""'" bigint primary key, f8 double precision, f4 real, n numeric, a amount, ts timestamp, tz timestamptz, d date, tt timetz, iv interval,
  b bytea, j json, jb jsonb, m mood, p pair, ps pair[], arr int[], floats float8[], blobs bytea[], padded char(8), bare bpchar, s short, v varchar(9), nm name,
  q "char", u uuid, flag boolean, i2 smallint, i4 integer, o oid, inet inet, cidr cidr, mac macaddr, pt point, bx box, ci circle,
  tv tsvector, tq tsquery, xm xml, bi bit(3), vb bit varying, r int4range, tr tstzrange, sp span, mon money, sn txid_snapshot, ls pg_lsn, rc regclass,
  t text, ic text collate nd, jp jsonpath, gone text, g numeric generated always as (n * 2) stored, "select; --" text);
alter table "Odd ""Name; --"."T'""\" drop column gone;
insert into "Odd ""Name; --"."T'""\" ("id""'", f8, f4, n, a, ts, tz, d, tt, iv, b, j, jb, m, p, ps, arr, floats, blobs, padded, bare, s, v, nm, q, u, flag, i2, i4, o,
  inet, cidr, mac, pt, bx, ci, tv, tq, xm, bi, vb, r, tr, sp, mon, sn, ls, rc, t, ic, jp, "select; --") values
 (1, 0.1, 0.1, 'NaN', 1.10, 'infinity', '2026-03-29 01:30+01', '0044-03-15 BC', '04:05+06', '1 mon -3 days 04:05:06.7', '\x00ff', '{"b": 1,  "a":null}', '{"b": 1.0, "a": null}',
  'sad', (1, 'x,"'), array[row(1, null)::pair, null], '[0:1]={1,null}', '{NaN,-0,5e-324}', '{"\\x00"}', 'pad', 'bare  ', 'ab', '', '', '', '00000000-0000-0000-0000-00000000000a', true, -32768, -2147483648, 4294967295,
  '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '(0.1,-0)', '(1,1),(0,0)', '<(0,0),1e10>', 'a:1A b', 'a & b:*', '<?xml version="1.0" encoding="ISO-8859-1"?><a>&amp;</a>', B'101', B'', '[1,5)', '[2024-01-01,infinity)', '[0.1,0.3)',
  '-12.34', '10:20:10,14', '16/B374D848', 'pg_catalog.pg_class', E'ä\t"\\ \n€😀', 'Straße', '$.a[*] ? (@ > 1)', null),
 (-9223372036854775808, 'Infinity', -0.0, 0, 1.1, '4713-01-01 BC', 'epoch', 'infinity', null, '0', '', null, 'null', '', (null, null), '{}', '{}', null, null, '', '', null, ' ', null, 'x', null, false, 0, -1, 0,
  '::1', null, null, null, null, null, '', '', '', B'000', B'1111', 'empty', '(,)', 'empty', '0', null, '0/0', null, '', '', '$', '; drop table x'),
 (9223372036854775807, 5e-324, 1e-30, 1e130, 0.10, null, null, null, null, null, null, '[]', '[]', 'it''s', null, null, null, '{}', '{}', null, null, null, null, null, null, null, null, null, null, null,
  null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
create table keyless (a integer, t text);
insert into keyless values (1, 'x'), (1, 'x'), (null, null), (null, null), (2, '');
create table columnless ();
insert into columnless default values;
insert into columnless default values;
create table empty_one (id integer primary key);
create table parent (id integer primary key); create table child (more text) inherits (parent);
insert into parent values (1); insert into child values (1, 'x');
create table parted (k text, n integer, v text, primary key (k, n)) partition by list (k);
create table parted_a partition of parted for values in ('a'); create table parted_rest partition of parted default;
insert into parted select chr(97 + n % 5), n, md5(n::text) from generate_series(1, 3000) n;
create table tenants (tenant integer, id integer, v text, primary key (tenant, id));
insert into tenants select 1 + (n % 50) / 49, n, md5(n::text) from generate_series(1, 4000) n;
create table texts (code text primary key, v double precision, at timestamptz);
insert into texts select md5(n::text), sqrt(n), timestamptz '2020-01-01 00:00+00' + n * interval '1 h' from generate_series(1, 5000) n;
create table uuids (id uuid primary key, n integer generated always as identity, v bytea);
insert into uuids (id, v) select md5(n::text)::uuid, decode(md5(n::text), 'hex') from generate_series(1, 2000) n;
create table big (id integer primary key, n numeric(12,2), v text);
insert into big select n, n * 1.37, repeat(md5(n::text), 2 + n % 5) from generate_series(1, 60000) n;
create table toasted (id integer primary key, body text, blob bytea);
alter table toasted alter column body set storage external;
insert into toasted select n, repeat(md5(n::text), 32768), decode(repeat(md5(n::text), 20000), 'hex') from generate_series(1, 3) n;
create materialized view filled as select count(*) as n from big;
create materialized view unfilled as select 1 as n with no data;
create sequence counter as bigint increment -3 minvalue -900 maxvalue 30 start 30 cycle cache 4;
select setval('counter', -27, false);
select lo_from_bytea(1001, ''), lo_from_bytea(1002, 'two'), lo_from_bytea(1003, decode(repeat('ab', 6000000), 'hex')), lo_from_bytea(4000000000, 'far');
do $$ declare n integer; begin execute 'create table many_columns (' || (select string_agg('c' || i || ' integer', ', ') from generate_series(1, 700) i) || ')';
  insert into many_columns (c1, c700) values (1, 2); end $$;
`;
