import { type FidelitySchema, since } from "./fidelity-schema";

const types = `
create schema odd;
create type odd.mine;
create function odd.mine_in(cstring) returns odd.mine language internal immutable strict as 'int4in';
create function odd.mine_out(odd.mine) returns cstring language internal immutable strict as 'int4out';
create type odd.mine (input = odd.mine_in, output = odd.mine_out, like = integer, category = 'N', preferred = false, default = '7', delimiter = ';');
create cast (odd.mine as integer) without function as implicit;
create cast (integer as odd.mine) without function;
create function odd.mine_text(odd.mine) returns text language sql immutable as 'select ''m'' || $1::integer';
create cast (odd.mine as text) with function odd.mine_text(odd.mine) as assignment;
create cast (odd.mine as varchar) with inout;
create type odd.level1 as (a integer, b text collate "C");
create type odd.level2 as (x odd.level1, y odd.level1[], z odd.mine);
create domain odd.dom1 as odd.level2 check ((value).x.a is distinct from 13);
create domain odd.dom2 as odd.dom1 constraint d2 not null;
create domain odd.ints as integer[] default '{}' check (cardinality(value) < 5);
create domain odd.intss as odd.ints;
create type odd.mood as enum ('a', 'b');
alter type odd.mood rename value 'a' to 'ä';
create function odd.time_diff(time, time) returns float8 language sql immutable as 'select extract(epoch from ($1 - $2))::float8';
create type odd.timerange as range (subtype = time, subtype_diff = odd.time_diff);
create function odd.canon(x text) returns text language sql immutable parallel safe as $$ select lower(x) $$;
create collation odd.numeric_order (provider = icu, locale = 'en-u-kn-true');
create collation odd."case-blind" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create text search parser odd.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
create text search template odd.template (init = dsimple_init, lexize = dsimple_lexize);
create text search dictionary odd.dict (template = odd.template, accept = 'false');
create text search configuration odd.config (parser = odd.parser);
alter text search configuration odd.config add mapping for asciiword, word with odd.dict, simple;
create access method odd_btree type index handler bthandler;
create function odd.pl_handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function odd.pl_inline(internal) returns void language c strict as '$libdir/plpgsql', 'plpgsql_inline_handler';
create trusted language odd_sql handler odd.pl_handler inline odd.pl_inline;
create default conversion odd.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
`;

const tables = String.raw`
do $$ begin
  execute 'create table odd.wide (' || (select string_agg(format('c%s %s', i, (array['integer', 'text', 'numeric', 'date', 'boolean'])[1 + i % 5]), ', ') from generate_series(1, 500) i) || ')';
  execute format('create table odd.%I (%I integer, %I text)', E'line\nbreak "quoted" \\ ' || chr(9) || '; --', repeat('é', 31), E'\u00a0');
end $$;
create table odd.no_columns ();
create table odd.only_dropped (a integer); alter table odd.only_dropped drop column a;
create table odd.added_later (a integer); insert into odd.added_later values (1), (2);
alter table odd.added_later add b integer default 5, add c timestamptz default '2020-01-01 00:00+00', drop column a, add d text not null default 'd', add e odd.mood default 'ä';
create table odd.a (id integer primary key, b_id integer, c_id integer);
create table odd.b (id integer primary key, c_id integer not null);
create table odd.c (id integer primary key, a_id integer, parent integer default 0 references odd.c on delete set default);
alter table odd.a add foreign key (b_id) references odd.b deferrable, add foreign key (c_id) references odd.c on update set null;
alter table odd.b add foreign key (c_id) references odd.c deferrable initially deferred;
alter table odd.c add foreign key (a_id) references odd.a;
create table odd.values_of (d1 odd.dom1, d2s odd.level2[], i odd.intss, m odd.mine, ms odd.mine[], moods odd.mood[], tr odd.timerange, t1 text collate odd.numeric_order, t2 text collate odd."case-blind" unique,
  bits bit(3)[], xs xml, jp jsonpath);
`;

const more = `
create function odd.default_of() returns integer language plpgsql volatile as 'begin return 42; end';
create function odd.is_ok(integer, text) returns boolean language sql immutable as 'select $1 > 0 and length($2) < 100';
create table odd.with_functions (id integer default odd.default_of(), v text, g text generated always as (odd.canon(v) || 'x') stored, check (odd.is_ok(id, v)), exclude using btree (odd.canon(v) with =) where (id > 5));
create index on odd.with_functions (odd.canon(v) text_pattern_ops, (odd.is_ok(id, v)));
create table odd.keyed (a integer not null, b integer, c integer, d text, constraint "KEY; 1" primary key (a) include (b, c), constraint key2 unique (b, c) deferrable, constraint key3 unique (c) with (fillfactor = 55));
create table odd.stored (a text storage external, b bytea, c text) with (toast_tuple_target = 256, fillfactor = 33, user_catalog_table = true, parallel_workers = 2, autovacuum_freeze_max_age = 200000000, toast.autovacuum_vacuum_threshold = 77);
`;

const moreOld = more.replace("a text storage external", "a text");

const rest = `
alter table odd.stored alter column a set storage external, alter column b set storage main, alter column c set storage plain;
alter table odd.keyed alter column d set (n_distinct = 5, n_distinct_inherited = -0.5), alter column d set statistics 1000, alter b set statistics 0;
alter table odd.keyed cluster on "KEY; 1";
create unique index keyed_identity on odd.keyed (a) where true;
drop index odd.keyed_identity;
create unique index keyed_identity on odd.keyed (a);
alter table odd.keyed replica identity using index keyed_identity;
create table odd.ident1 (id smallint generated always as identity (start 5 increment -1 minvalue -5 maxvalue 5 cycle cache 3), v text);
create table odd.ident2 (id integer generated by default as identity (sequence name odd."ident; seq" start 10), v text);
create sequence odd.s_small as smallint; create sequence odd.s_int as integer minvalue -2147483648 start -2147483648; create sequence odd.s_down increment -5 cache 50;
create sequence odd.s_max maxvalue 9223372036854775807 start 9223372036854775807; create sequence odd.s_uncalled start 77; create sequence odd.s_owned owned by odd.ident1.v;
create unlogged table odd.fleeting (id serial, v text primary key);
create table odd.copy_of (like odd.keyed including all);
create type odd.row_type as (k integer, v text);
create table odd.of_type of odd.row_type (k with options primary key, v default 'v');
insert into odd.wide (c1, c2, c499) select 'v' || i, i / 3.0, i % 2 = 0 from generate_series(1, 20) i;
insert into odd.no_columns select from generate_series(1, 5);
insert into odd.only_dropped select from generate_series(1, 3);
insert into odd.c values (0, null, 0), (1, null, 0); insert into odd.b values (1, 1); insert into odd.a values (1, 1, 1); update odd.c set a_id = 1 where id = 1;
insert into odd.values_of (d1, d2s, i, m, ms, moods, tr, t1, t2, bits, jp) values
  (row(row(1, 'x'), array[row(2, null)]::odd.level1[], 3::odd.mine)::odd.level2, array[null, row(null, '{}', 5)::odd.level2], '{1,2}', '9', '{1;2}', '{ä,b,NULL}', '[10:00,11:00)', 'a10', 'ÄB', '{101,000}', '$.a[*] ? (@ > 1)');
insert into odd.values_of (t2) values (null), (''), ('x');
insert into odd.with_functions (id, v) select i, 'V' || i from generate_series(1, 50) i;
insert into odd.keyed select i, i, i, repeat('d', i) from generate_series(1, 40) i;
insert into odd.stored select repeat(md5(i::text), 300), decode(repeat('00', 5000), 'hex'), 'c' from generate_series(1, 15) i;
insert into odd.ident1 (v) select 'x' from generate_series(1, 4); insert into odd.ident2 (v) values ('y');
insert into odd.fleeting (v) values ('a'); insert into odd.of_type values (1);
select nextval('odd.s_int'), nextval('odd.s_down'), nextval('odd.s_max'), setval('odd.s_small', 32767);
`;

const programs = String.raw`
create function odd.any1(anyelement, anyarray, variadic "any") returns anyelement language internal immutable as 'int4pl';
create function odd.win() returns bigint language internal window immutable as 'window_row_number';
create function odd.no_args() returns void language sql as '';
create function odd.defaults(a integer, b text default 'x,''y', c integer[] default array[1,2], inout d odd.mood default 'ä') language sql as 'select d';
create function odd.trusted() returns text language sql security definer leakproof strict cost 0.5 set search_path = '' set work_mem = '1MB' set "odd.custom" = 'a b,''c' as $$ select 'x' $$;
create function odd.other_language() returns integer language odd_sql as 'begin return 1; end';
create function odd.c_function(integer) returns integer language internal immutable strict support pg_catalog.generate_series_int4_support as 'int4abs';
create procedure odd.proc(in a integer, inout b text, variadic c integer[] default '{}') language plpgsql set lock_timeout = '1s' as $$ begin b := 'x'; end $$;
create function odd.returns_table(n integer default 1) returns table ("a b" integer, c odd.level1) language sql as 'select 1, null::odd.level1';
create function odd.returns_setof() returns setof record language sql as 'select 1, 2';
create function odd.escapes() returns text language sql as E'select E''\\\\\\n'' -- \t';
create function odd.abs1(integer) returns integer language sql immutable as 'select abs($1)';
create aggregate odd.agg_moving(integer) (sfunc = int4pl, stype = integer, initcond = '0', msfunc = int4pl, minvfunc = int4mi, mstype = integer, minitcond = '0', finalfunc = odd.abs1, mfinalfunc = odd.abs1);
`;

const objects = String.raw`
create aggregate odd.agg_star(*) (sfunc = int8inc, stype = int8, initcond = '0', sspace = 8);
create aggregate odd.agg_hypo(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
create aggregate odd.agg_variadic(variadic integer[]) (sfunc = odd.var_state, stype = integer);
create operator odd.=~= (leftarg = integer, rightarg = integer, function = int4eq, commutator = operator(odd.=~=), negator = operator(odd.<~>), restrict = eqsel, join = eqjoinsel, hashes);
create operator odd.<~> (leftarg = integer, rightarg = integer, function = int4ne, negator = operator(odd.=~=));
create operator odd.@#@ (rightarg = text, function = textlen);
create operator family odd.fam using btree;
alter operator family odd.fam using btree add operator 1 < (int4, int8), operator 3 = (int4, int8), function 1 (int4, int8) btint48cmp(int4, int8);
create operator class odd.default_mine default for type odd.mood using hash as operator 1 = (anyenum, anyenum), function 1 hashenum(anyenum);
create operator class odd.ops_gin for type integer[] using gin as operator 1 && (anyarray, anyarray), function 1 btint4cmp(int4, int4), function 2 ginarrayextract(anyarray, internal, internal), function 3 ginqueryarrayextract(anyarray, internal, int2, internal, internal, internal, internal), function 4 ginarrayconsistent(internal, int2, anyarray, int4, internal, internal, internal, internal), storage int4;
create view odd.v1 (x, "y z") as select id, v from odd.with_functions;
create view odd.v2 as select x, "y z" as "x y" from odd.v1 where x in (select a from odd.keyed) with cascaded check option;
create or replace view odd.v1 (x, "y z", more) as select id, v, current_date from odd.with_functions;
create recursive view odd.v3 (n) as values (1) union all select n + 1 from v3 where n < 10;
create view odd.v4 as select f.*, row_number() over w, sum(c) over (w rows between 1 preceding and current row exclude ties) as s from odd.keyed f window w as (partition by a % 2 order by b desc nulls last);
create view odd.v5 as select a.*, l.g from odd.keyed a cross join lateral (select g from generate_series(1, a.a % 3) with ordinality as t(g, o)) l;
create view odd.v6 as select array(select v from odd.of_type) as arr, row(1, 'x')::odd.row_type as r, (row(1, 'x')::odd.row_type).v, case when true then xmlelement(name "x y", xmlattributes(1 as "a")) end as x, '1'::bit(3) as b, interval '1 day' day as i, 'a' collate "C" as c, date '2020-01-01' as d,
  grouping(k) as gr from odd.of_type group by grouping sets ((k), rollup (v), ()) having count(*) > 0 limit 10;
create materialized view odd.m1 as select x, more from odd.v1 with no data;
create materialized view odd.m2 with (fillfactor = 70) as select a, d from odd.keyed;
create materialized view odd.m3 as select count(*) as n from odd.m2;
create materialized view odd.m4 as select * from odd.m1 with no data;
create index on odd.m2 using hash (a); create unique index on odd.m2 (a); create statistics odd.m2_stats on a, d from odd.m2; alter statistics odd.m2_stats rename to "m2; stats";
alter materialized view odd.m2 cluster on m2_a_idx1;
alter materialized view odd.m2 alter column d set statistics 33;
create statistics odd.targeted (ndistinct) on a, b from odd.keyed;
alter view odd.v1 alter column x set default 5;
create function odd.trg() returns trigger language plpgsql as 'begin return new; end';
create trigger "on view" instead of insert or update or delete on odd.v1 for each row execute function odd.trg();
create trigger when_it before update of d, c on odd.keyed for each row when (old.* is distinct from new.*) execute function odd.trg('a', 'b');
create constraint trigger from_other after insert on odd.keyed from odd.a not deferrable for each row execute function odd.trg();
alter table odd.keyed enable always trigger when_it; alter table odd.keyed disable trigger from_other;
create function odd.evt() returns event_trigger language plpgsql as 'begin end';
create event trigger odd_off on ddl_command_start when tag in ('CREATE TABLE', 'ALTER TABLE') execute function odd.evt();
create event trigger odd_always on table_rewrite execute function odd.evt();
alter event trigger odd_off disable; alter event trigger odd_always enable always;
alter table odd.keyed enable row level security; alter table odd.keyed force row level security;
create policy p1 on odd.keyed as restrictive for update to public, odd_reader using (a > 0) with check (b > 0);
create policy "p; 2" on odd.keyed for insert with check (exists (select from odd.a where id = a));
create policy p3 on odd.a for delete to current_user using (true);
create foreign data wrapper odd_fdw no handler no validator options (a 'b', "C d" 'e''f');
create server odd_server type 'x' version '1.0' foreign data wrapper odd_fdw options (host 'h');
create user mapping for odd_reader server odd_server options ("user" 'u', password 'p''w\');
create user mapping for public server odd_server;
create foreign table odd.far (id integer not null default 3 check (id > 0), v text options (x 'y') collate "C", g integer) server odd_server options (t 'far');
alter foreign table odd.far add constraint positive check (id < 100) not valid;
create extension file_fdw schema odd; create server odd_files foreign data wrapper file_fdw;
create foreign table odd.far_child () inherits (odd.b) server odd_files options (filename '/dev/null', format 'csv');
create table odd.far_parent (a integer); create foreign table odd.far_whole (b integer) inherits (odd.far_parent) server odd_files options (filename '/dev/null', format 'csv');
alter foreign table odd.far_whole alter a set not null;
create table odd.far_parts (k integer, v text) partition by list (k);
create foreign table odd.far_part partition of odd.far_parts for values in (1) server odd_files options (filename '/dev/null', format 'csv');
create table odd.near_part partition of odd.far_parts for values in (2);
create trigger far_trg after insert on odd.far for each row execute function odd.trg();
insert into odd.far_parts values (2, 'near');
create publication odd_all for all tables with (publish = 'truncate'); create publication odd_none;
create publication "odd; one" for table only odd.keyed, odd.a;
create transform for odd.mine language sql (from sql with function odd.tf(internal));
alter language odd_sql owner to odd_owner;
`;

const comments = String.raw`
comment on access method odd_btree is 'c1'; comment on cast (odd.mine as text) is 'c2'; comment on collation odd.numeric_order is 'c3'; comment on conversion odd.conv is 'c4';
comment on operator class odd.default_mine using hash is 'c5'; comment on operator family odd.fam using btree is 'c6'; comment on text search parser odd.parser is 'c7'; comment on text search template odd.template is 'c8';
comment on foreign data wrapper odd_fdw is 'c9'; comment on server odd_server is 'c10'; comment on foreign table odd.far is 'c11'; comment on column odd.far.v is 'c12'; comment on language odd_sql is 'c13';
comment on publication odd_all is 'c14'; comment on procedure odd.proc(integer, text, integer[]) is 'c15'; comment on materialized view odd.m2 is 'c16'; comment on column odd.m2.d is 'c17'; comment on type odd.timerange is 'c18';
comment on aggregate odd.agg_star(*) is 'c19'; comment on operator odd.@#@ (none, text) is 'c20'; comment on policy "p; 2" on odd.keyed is 'c21'; comment on statistics odd."m2; stats" is 'c22'; comment on trigger "on view" on odd.v1 is 'c23';
comment on event trigger odd_off is 'c24'; comment on constraint dom1_check on domain odd.dom1 is 'c25'; comment on column odd.level1.b is 'c26'; comment on column odd.v1."y z" is 'c27'; comment on index odd.m2_a_idx is 'c28';
comment on transform for odd.mine language sql is 'c29'; comment on aggregate odd.agg_hypo(variadic "any" order by variadic "any") is 'c30'; comment on server odd_server is E'multi\nline -- \\restrict';
select lo_from_bytea(7001, 'seven'), lo_from_bytea(7002, ''), lo_from_bytea(4294967295, decode(repeat('ab', 100000), 'hex'));
alter large object 7001 owner to odd_owner; grant select on large object 7002 to public; grant all on large object 7002 to odd_reader with grant option; comment on large object 7002 is 'lo''s \';
grant usage on foreign data wrapper odd_fdw to odd_reader; grant usage on foreign server odd_server to odd_reader with grant option; grant usage on language odd_sql to odd_reader; grant usage on type odd.dom1 to odd_reader; revoke usage on type odd.mood from public;
grant select (a, b), insert (c), update, references on odd.keyed to odd_reader; grant trigger, truncate on odd.a to public; grant execute on function odd.agg_star() to odd_reader; revoke all on odd.b from postgres; grant select on odd.m2 to odd_reader, odd_owner;
revoke all on schema public from public; grant create on schema odd to odd_owner with grant option; revoke execute on all functions in schema odd from public; grant all on sequence odd.s_down to odd_reader;
alter table odd.a owner to odd_owner; alter view odd.v3 owner to odd_owner; alter materialized view odd.m3 owner to odd_owner; alter sequence odd.s_small owner to odd_owner; alter type odd.timerange owner to odd_owner; alter domain odd.ints owner to odd_owner;
alter function odd.escapes() owner to odd_owner; alter procedure odd.proc owner to odd_owner; alter aggregate odd.agg_star(*) owner to odd_owner; alter operator odd.@#@ (none, text) owner to odd_owner; alter operator class odd.default_mine using hash owner to odd_owner;
alter operator family odd.fam using btree owner to odd_owner; alter conversion odd.conv owner to odd_owner; alter text search dictionary odd.dict owner to odd_owner; alter text search configuration odd.config owner to odd_owner; alter collation odd.numeric_order owner to odd_owner;
alter server odd_server owner to odd_owner; alter foreign table odd.far owner to odd_owner; alter publication odd_none owner to odd_owner; alter statistics odd.targeted owner to odd_owner;
alter default privileges for role odd_owner grant all on types to odd_reader with grant option; alter default privileges for role odd_owner in schema odd grant execute on routines to public; alter default privileges for role odd_owner revoke all on tables from odd_owner;
`;

const newer: Record<number, string> = {
  13: `alter statistics odd.targeted set statistics 500; create extension if not exists pg_trgm schema odd; create index odd_gist on odd.keyed using gist (d odd.gist_trgm_ops (siglen = 64));`,
  14: `
create table odd.since14 (m odd.timemultirange, ms int8multirange[], c text compression pglz) with (vacuum_index_cleanup = off);
insert into odd.since14 values ('{[10:00,11:00),[12:00,13:00)}', '{"{[1,2)}"}', repeat('x', 3000));
create type odd.named_multi as range (subtype = integer, multirange_type_name = odd.many_ints);
create function odd.atomic(a integer, b odd.mood default 'b') returns table (n bigint) language sql begin atomic; select case when a > 1 then (select count(*) from odd.keyed k where k.a = atomic.a) else 2 end; select 3 as "end;"; end;
create procedure odd.atomic_p(out r text) language sql begin atomic with w as (insert into odd.of_type values (99, ';') returning v) select v from w; end;
create function odd.returns_expr(a integer) returns integer immutable return a * 2;
create index on odd.keyed (odd.returns_expr(a));
create statistics odd.expr_stats on (a % 2), (lower(d)) from odd.keyed;
create table odd.subscripted (id integer default (array[5, 6])[1], j text generated always as ((('{"a": "b"}'::jsonb) -> 'a')::text) stored);
create function odd.compat_state(anycompatible, anycompatible, anycompatiblearray) returns anycompatible language sql as 'select $1';
create aggregate odd.compat(anycompatible, anycompatiblearray) (sfunc = odd.compat_state, stype = anycompatible);
`,
  15: `
create unlogged sequence odd.s_unlogged start 3; select nextval('odd.s_unlogged');
create table odd.nulls (a integer, b integer, constraint nnd unique nulls not distinct (a, b) include (a)); insert into odd.nulls values (null, null);
create unique index nulls_idx on odd.nulls (b) nulls not distinct where a is null;
alter table odd.nulls add constraint self foreign key (a, b) references odd.nulls (a, b) on delete set null (b);
create view odd.inv with (security_invoker = true, security_barrier = false) as select a from odd.nulls;
create publication odd_rows for table odd.keyed (a, b) where (a > 3); create publication odd_schemas for tables in schema odd; alter publication odd_schemas add tables in schema public;
grant set on parameter work_mem to odd_reader; revoke set on parameter work_mem from odd_reader;
create or replace view odd.v_merge as select * from odd.v1;`,
  16: `create view odd.sql_json as select json_array(1, null absent on null) as a, json_object('k': 1 with unique keys) as b, '{}' is json object as c, any_value(a) as d from odd.keyed; create collation odd.ruled (provider = icu, locale = 'und', rules = '&V << w <<< W'); create table odd.stor (a text storage main);`,
  17: `
create view odd.sql_json17 as select json_value(jsonb '{"a":1}', '$.a' returning integer default 0 on empty) as v, json_query('{"a":[1]}', '$.a' with wrapper) as q;
create function odd.merges() returns void language sql begin atomic merge into odd.keyed t using odd.a s on t.a = s.id when matched and s.id > 5 then update set c = s.c_id when not matched by source then do nothing when not matched by target then insert (a) values (s.id); end;
create collation odd.builtin (provider = builtin, locale = 'C.UTF-8');
create event trigger odd_login on login execute function odd.evt(); alter event trigger odd_login disable;
grant maintain on odd.keyed to odd_reader;`,
  18: `
create table odd.since18 (a integer not null, v integer generated always as (a * 2) virtual, constraint "named; nn" not null a, b integer constraint bnn not null no inherit, c integer);
alter table odd.since18 add constraint c_nn not null c not valid;
alter table odd.since18 add constraint ne check (a > 0) not enforced; insert into odd.since18 (a, b, c) values (-1, 1, 1);
create function odd.old_new() returns void language sql begin atomic with u as (update odd.keyed set d = 'x' where a = 1 returning old.d as o, new.d as n) select from u; end;
create collation odd.unicode_fast (provider = builtin, locale = 'PG_UNICODE_FAST');
alter table odd.since18 set (vacuum_truncate = off); create table odd.inh18 (constraint mine not null a) inherits (odd.since18);
alter default privileges for role odd_owner grant select on large objects to odd_reader;`,
};

export const oddities: FidelitySchema = {
  name: "oddities",
  roles: ["odd_owner", "odd_reader"],
  steps: (major) => [
    types,
    tables,
    major >= 16 ? more : moreOld,
    rest,
    programs,
    "create function odd.var_state(integer, variadic integer[]) returns integer language sql immutable as 'select 1'; create function odd.tf(internal) returns internal language internal immutable as 'prsd_lextype'",
    objects,
    comments,
    ...Object.keys(newer).map((first) => since(major, Number(first), newer[Number(first)] ?? "")),
  ],
};
