/** Indexes, views, functions, triggers, rules, policies, privileges: what is defined around the rows. */
export const indexes = `
create index wide_payload on plain.wide (md5(payload), (n + 1) desc nulls last) where n is not null;
create index wide_prefix on plain.wide (left(payload, 20) text_pattern_ops) include (n);
create index wide_trigrams on plain.wide using gin ((left(payload, 64)) plain.gin_trgm_ops) with (fastupdate = off);
create index every_json on plain.every_type using gin (a_jsonb jsonb_path_ops);
create index every_vector on plain.every_type using gin (a_tsvector);
create index every_ints on plain.every_type using gin (some_ints);
create index every_range on plain.every_type using gist (a_tstzrange);
create index every_box on plain.every_type using spgist (a_box);
create index every_inet on plain.every_type using gist (an_inet inet_ops);
create index every_uuid on plain.every_type using hash (a_uuid);
create index every_brin on plain.every_type using brin (a_date, an_interval);
create index own_mail on plain.own_types (mail);
create index own_pairs on plain.own_types using gin (pairs);
create index own_sorted on plain.own_types (sorted collate "Odd.Schema"."Icu" desc, sorted collate "C");
create unique index "Index ""odd; name" on "Odd.Schema"."Ünï 表" (("値" || 'x'));
create unique index on plain.index_identity (a);
alter index plain.wide_payload alter column 2 set statistics 400;
alter table plain.full_identity replica identity full;
alter table plain.index_identity replica identity using index index_identity_a_idx;
alter table plain.vanishing replica identity nothing;
alter table plain.same_name cluster on same_name_pkey;
create statistics plain.wide_stats (ndistinct, dependencies, mcv) on payload, n from plain.wide;
create statistics "Odd.Schema"."odd stats" on id, name from plain.base;
alter statistics plain.wide_stats owner to fidelity_owner;
alter table plain.grandchild add constraint late_check check (a is not null) not valid;
alter table plain.grandchild add foreign key (b) references plain.base not valid;
`;

export const programs = String.raw`
create function plain.add(a integer, b integer default 2, variadic c integer[] default '{}') returns integer
  language sql immutable parallel safe cost 7 as $$ select a + b + coalesce((select sum(x)::integer from unnest(c) x), 0) $$;
create function plain.decoy() returns text language plpgsql security definer set search_path = plain, pg_temp set work_mem = '8MB' as $body$
begin
  -- Name: decoy; Type: TABLE; Schema: plain; Owner: postgres
  -- COPY plain.wide FROM stdin;
  return $inner$ it's; "quoted" \ and $1 -- not a comment /* nor this */ $inner$;
end;
$body$;
create function "Odd.Schema"."f;""(x)"("in" integer, out "out" text, inout tint plain.colour) language sql stable strict leakproof as 'select "in"::text, tint';
create function plain.rows_of(n integer) returns table (i integer, t text) language sql rows 10 as 'select g, g::text from generate_series(1, n) g';
create function plain.setof_base() returns setof plain.base language sql stable as 'select * from plain.base';
create procedure plain.work(inout n integer) language plpgsql as $$ begin n := n + 1; commit; end $$;
create function plain.sum_state(s numeric, v numeric) returns numeric language sql immutable as 'select s + coalesce(v, 0)';
create aggregate plain.total(numeric) (sfunc = plain.sum_state, stype = numeric, initcond = '0', combinefunc = plain.sum_state, parallel = safe);
create aggregate plain.disc(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_write);
create function plain.colour_number(plain.colour) returns integer language sql immutable as 'select 1 + array_position(enum_range(null::plain.colour), $1)';
create cast (plain.colour as integer) with function plain.colour_number(plain.colour) as assignment;
create function plain.close(plain.point3, plain.point3) returns boolean language sql immutable as 'select abs(($1).x - ($2).x) < 1';
create operator plain.<~> (leftarg = plain.point3, rightarg = plain.point3, function = plain.close, commutator = operator(plain.<~>));
create operator family plain.spare using btree;
create function plain.reverse_cmp(integer, integer) returns integer language sql immutable strict as 'select btint4cmp($2, $1)';
create operator class plain.reverse_int for type integer using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 plain.reverse_cmp(integer, integer);
create conversion plain.to_latin for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1;

create view plain.simple with (security_barrier) as select id, v as "V.v" from plain.same_name where id > 0 with cascaded check option;
create view "Odd.Schema"."view; drop" as select t."from", count(*) over (partition by t."table" order by t."from") as n from "Odd.Schema"."select" t;
create view plain.on_views as select s.id, d.name from plain.simple s left join lateral (select b.name from plain.base b where b.id = s.id) d on true;
create view plain.cyclic_a as select 1 as x, null::integer as y;
create view plain.cyclic_b as select x, y from plain.cyclic_a;
create or replace view plain.cyclic_a as select b.x, b.y from (select 1 as x, 2 as y) b;
create recursive view plain.mothers (id, depth) as select id, 0 from plain.chicken where mother_id is null union all select c.id, m.depth + 1 from plain.chicken c join mothers m on c.mother_id = m.id;
alter view plain.simple alter column id set default 7;
create materialized view plain.zz_first as select at::date as day, region, sum(v) as v from plain.by_range group by 1, 2;
create materialized view plain.aa_second as select region, sum(v) as v, count(*) as days from plain.zz_first group by region;
create materialized view "Odd.Schema"."Third" as select a.region, a.v, m.depth from plain.aa_second a, plain.mothers m where m.depth < 3;
create view plain.between as select * from plain.aa_second;
create materialized view plain.ab_fourth as select * from plain.between;
create materialized view plain.unfilled_view as select * from plain.wide with no data;
create materialized view plain.calls_function as select i, t from plain.rows_of(20);
create unique index on plain.zz_first (day, region);
create index on plain.aa_second (v);
create materialized view plain.needs_index as select id, name from plain.base group by id;

create function plain.log_row() returns trigger language plpgsql as $$ begin insert into plain.trigger_log (what) values (tg_name || ' ' || tg_op); return coalesce(new, old); end $$;
create trigger t_always after insert or update on plain.base for each row execute function plain.log_row();
create trigger t_replica before insert on plain.same_name for each row execute function plain.log_row();
create trigger t_disabled after update of egg_id, id on plain.chicken for each row execute function plain.log_row();
create trigger "t; odd" after update on "Odd.Schema"."select" referencing old table as o new table as n for each statement execute function plain.log_row('arg', 'it''s');
create trigger t_parts after insert on plain.by_range for each row when (new.v > 1) execute function plain.log_row();
create constraint trigger t_late after insert on plain.wide deferrable initially deferred for each row execute function plain.log_row();
create trigger t_instead instead of update on plain.on_views for each row execute function plain.log_row();
create trigger t_truncate before truncate on plain.egg execute function plain.log_row();
alter table plain.base enable always trigger t_always;
alter table plain.same_name enable replica trigger t_replica;
alter table plain.chicken disable trigger t_disabled;

create rule log_insert as on insert to plain.ruled do also insert into plain.trigger_log (what) values ('rule');
create rule no_delete as on delete to plain.ruled where old.id = 1 do instead nothing;
create rule view_insert as on insert to "Odd.Schema"."view; drop" do instead (insert into plain.ruled values (new."from", 'v'); notify changed);
alter table plain.ruled disable rule no_delete;

alter table plain.secret enable row level security;
alter table plain.secret force row level security;
create policy own_rows on plain.secret for all to fidelity_reader, fidelity_owner using (owner = current_user) with check (length(body) > 1);
create policy "no; more" on plain.secret as restrictive for select to public using (id < 1000);

create foreign data wrapper nowhere options (debug 'true');
create server elsewhere type 't' version '1' foreign data wrapper postgres_fdw options (host 'nowhere.invalid', dbname 'it''s');
create user mapping for public server elsewhere options (user 'x');
create foreign table plain.far (id integer options (column_name 'ID'), v text collate "C") server elsewhere options (table_name 'far');

create publication some_tables for table plain.same_name, plain.wide with (publish = 'insert, update');
create publication all_tables for all tables with (publish = 'insert');
`;

export const privileges = String.raw`
grant usage on schema plain, "Odd.Schema" to fidelity_reader;
grant select, insert (id, v) on plain.same_name to fidelity_reader with grant option;
grant select on plain.aa_second, plain.simple to public;
grant usage on sequence plain.fresh to fidelity_reader;
grant execute on procedure plain.work(integer) to fidelity_reader;
grant usage on type plain.colour to fidelity_reader;
grant usage on foreign server elsewhere to fidelity_owner;
revoke execute on function plain.decoy() from public;
revoke usage on language plpgsql from public;
revoke select on plain.same_name from postgres;
grant select on plain.same_name to postgres;
alter table plain.same_name owner to fidelity_owner;
alter view plain.simple owner to fidelity_owner;
alter function plain.add owner to fidelity_owner;
alter default privileges in schema plain grant select on tables to fidelity_reader;
alter default privileges for role fidelity_owner revoke execute on functions from public;
alter default privileges grant usage on schemas to fidelity_reader;

comment on table plain.wide is E'line one\nline ''two'' -- \\ end';
comment on column plain.wide.n is 'column';
comment on constraint net_sane on plain.computed is 'constraint';
comment on index plain.wide_payload is 'index';
comment on sequence plain.fresh is 'sequence';
comment on view plain.simple is 'view';
comment on materialized view plain.aa_second is 'materialised view';
comment on function plain.add(integer, integer, integer[]) is 'function';
comment on aggregate plain.total(numeric) is 'aggregate';
comment on operator plain.<~> (plain.point3, plain.point3) is 'operator';
comment on trigger t_always on plain.base is 'trigger';
comment on rule log_insert on plain.ruled is 'rule';
comment on policy own_rows on plain.secret is 'policy';
comment on statistics plain.wide_stats is 'statistics';
comment on text search configuration plain.search is 'configuration';
comment on cast (plain.colour as integer) is 'cast';

create function plain.log_ddl() returns event_trigger language plpgsql as $$ begin insert into plain.ddl_log (tag) values (tg_tag); end $$;
create event trigger every_command on ddl_command_end execute function plain.log_ddl();
create event trigger some_drops on sql_drop when tag in ('DROP TABLE', 'DROP VIEW') execute function plain.log_ddl();
alter event trigger some_drops disable;
comment on event trigger every_command is 'event trigger';
delete from plain.ddl_log;
`;
