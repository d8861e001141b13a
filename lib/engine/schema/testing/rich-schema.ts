/**
 * A schema with every kind of object pg_dump knows and an ordinary build has, and with names that are hard to quote.
 * `major` leaves out what a server does not know yet. Needs a superuser; roles are given by name and must exist.
 */
export function richSchema(major: number, roles: { owner: string; reader: string }): string {
  return [
    EXTENSIONS,
    TYPES,
    TABLES,
    major >= 15 ? TABLES_15 : "",
    major >= 18 ? TABLES_18 : "",
    PARTITIONS,
    FUNCTIONS,
    VIEWS,
    INDEXES,
    major >= 14 ? SINCE_14 : "",
    BEHAVIOUR,
    OTHERS,
    ownership(roles.owner, roles.reader),
  ].join("\n");
}

const EXTENSIONS = `
create schema "Ext Schema";
create extension hstore with schema "Ext Schema";
create extension pg_trgm with schema public;
create extension citext with schema "Ext Schema";
create extension btree_gist with schema public;
create extension postgres_fdw;
create schema app;
create schema "Upper.Dot";
comment on schema app is 'the application';
`;

const TYPES = `
create type app.mood as enum ('sad', 'it''s ok', 'happy; very');
create type app.pair as (a integer, "B b" text);
create type app.span as range (subtype = integer);
create domain app.email as "Ext Schema".citext constraint "has at" check (value ~ '@');
create domain app.positive as integer not null default 1;
alter domain app.positive add constraint positive check (value > 0) not valid;
create collation app.plain (provider = libc, locale = 'C');
`;

const TABLES = `
create table app.customers (
  id integer generated always as identity (start with 10 increment by 5) primary key,
  email app.email not null unique,
  mood app.mood default 'sad',
  tags text[] default '{a,b}',
  extra jsonb default '{"a": 1}'::jsonb,
  attributes "Ext Schema".hstore,
  born date check (born > '1900-01-01'),
  home app.pair,
  lucky app.positive,
  name_sorted text collate app.plain,
  constraint "odd name; drop" check (mood <> 'sad' or tags is not null)
);
comment on table app.customers is E'line one\\nline two; -- Name: x; Type: TABLE\\n';
comment on column app.customers.email is 'it''s "the" address';
comment on constraint "odd name; drop" on app.customers is 'c';
create table app.orders (
  id bigserial primary key,
  customer_id integer not null,
  net numeric(12, 2) not null,
  gross numeric(14, 4) generated always as (net * 1.19) stored,
  placed timestamptz default now(),
  constraint orders_amount unique (customer_id, net) deferrable initially deferred
);
create table app.lines (
  order_id bigint not null,
  no smallint not null,
  room integer,
  during tstzrange,
  body text,
  constraint lines_pkey primary key (order_id, no) include (room) with (fillfactor = 70),
  constraint no_overlap exclude using gist (room with =, during with &&)
);
alter table app.lines add constraint body_short check (length(body) < 100) not valid;
alter table app.lines alter column body set statistics 500, alter column body set storage external;
alter table app.lines alter column room set (n_distinct = 5);
create table "Upper.Dot"."a""b; drop" ("select" integer, "Mixed Case" text, "from; --" boolean);
create table "Upper.Dot"."no columns" ();
create unlogged table app.scratch (id serial, v text);
create table app.parent (id integer primary key, kind text not null default 'p');
create table app.child (extra text) inherits (app.parent);
create table app.cycle_a (id integer primary key, b integer);
create table app.cycle_b (id integer primary key, a integer references app.cycle_a);
alter table app.cycle_a add foreign key (b) references app.cycle_b deferrable initially deferred;
alter table app.orders add constraint orders_customer foreign key (customer_id) references app.customers on delete cascade;
alter table app.lines add constraint lines_order foreign key (order_id) references app.orders not valid;
create sequence app.free as smallint increment by -1 minvalue -100 maxvalue -1 cycle;
alter table app.parent replica identity full;
create table app.ident_index (id integer not null, v text);
create unique index ident_index_key on app.ident_index (id);
alter table app.ident_index replica identity using index ident_index_key;
alter table app.ident_index cluster on ident_index_key;
`;

const TABLES_15 = `
create table app.nulls (a integer, b integer, constraint nulls_key unique nulls not distinct (a, b));
`;

const TABLES_18 = `
create table app.bookings (
  room integer,
  during daterange,
  night_count integer generated always as (upper(during) - lower(during)) virtual,
  constraint bookings_pkey primary key (room, during without overlaps)
);
create table app.named_not_null (a integer constraint "a is there" not null);
alter table app.named_not_null add column b integer;
alter table app.named_not_null add constraint "b is there" not null b not valid;
`;

const PARTITIONS = `
create table app.events (id bigint not null, at date not null, region text not null, payload text) partition by range (at);
create table app.events_2023 partition of app.events for values from ('2023-01-01') to ('2024-01-01');
create table app.events_2024 partition of app.events for values from ('2024-01-01') to ('2025-01-01') partition by list (region);
create table app.events_2024_eu partition of app.events_2024 for values in ('eu');
create table app.events_2024_rest partition of app.events_2024 default partition by hash (id);
create table app.events_2024_h0 partition of app.events_2024_rest for values with (modulus 2, remainder 0);
create table app.events_2024_h1 partition of app.events_2024_rest for values with (modulus 2, remainder 1);
create table app.events_default partition of app.events default;
alter table app.events add constraint events_pkey primary key (id, at, region);
create index events_payload on app.events (payload);
create index events_only_here on app.events_2023 (region) where payload is not null;
create table app.event_notes (id bigint, at date, region text, foreign key (id, at, region) references app.events);
`;

const FUNCTIONS = `
create function app.decoy(a integer default 1, variadic b text[] default '{}') returns text language plpgsql as $body$
begin
  -- Name: decoy; Type: TABLE; Schema: app; Owner: nobody
  -- ;
  /* create table x(); /* nested */ ; */
  return $q$;'"$q$ || E'\\';' || ';';
end; $body$;
create function app.decoy(app.mood) returns integer language sql immutable as 'select 1; select 2;';
create procedure app.tidy(inout n integer) language plpgsql as $$ begin n := n + 1; end $$;
create function app.note() returns trigger language plpgsql as $_$ begin return new; end $_$;
create function app.watch() returns event_trigger language plpgsql as $$ begin null; end $$;
create function app.is_equal(app.pair, app.pair) returns boolean language sql as 'select ($1).a = ($2).a';
create operator app.=== (leftarg = app.pair, rightarg = app.pair, function = app.is_equal, commutator = operator(app.===));
create aggregate app.total(integer) (sfunc = int4pl, stype = integer, initcond = '0');
create cast (app.pair as text) with inout as assignment;
comment on function app.decoy(integer, text[]) is 'create function x() returns void as $$;$$;';
comment on operator app.=== (app.pair, app.pair) is 'o';
comment on cast (app.pair as text) is 'c';
`;

const SINCE_14 = `
alter statistics app.orders_stats set statistics 300;
create function app.atomic(a integer) returns integer language sql begin atomic;
  select case when a > 1 then a else 0 end;
  select (select case a when 1 then 2 end as "end") + 1;
end;
create procedure app.atomic_insert(v text) begin atomic
  insert into app.scratch (v) values (v);
  insert into app.scratch (v) values (';');
end;
`;

const VIEWS = `
create view app.by_customer as
  select c.id, c.email, count(o.id) as n from app.customers c left join app.orders o on o.customer_id = c.id group by c.id;
create view app.checked with (security_barrier) as select * from app.scratch where v <> ';' with local check option;
alter view app.checked alter column v set default 'x';
create materialized view app.sums as select customer_id, sum(net) as total from app.orders group by customer_id;
create unique index sums_key on app.sums (customer_id);
create materialized view app.sums_of_sums as select sum(total) as total from app.sums;
create view app.loop_a as select 1 as x;
create view app.loop_b as select * from app.loop_a;
create or replace view app.loop_a as select x from app.loop_b where false union all select 2;
comment on materialized view app.sums is 'm';
`;

const INDEXES = `
create index customers_lower on app.customers (lower(email::text) desc nulls last) where mood is not null;
create index customers_tags on app.customers using gin (tags);
create index customers_extra on app.customers using gin (extra jsonb_path_ops);
create index lines_body_trgm on app.lines using gin (body gin_trgm_ops);
create index orders_placed on app.orders using brin (placed) with (pages_per_range = 32);
create index "odd; index" on "Upper.Dot"."a""b; drop" ("select", "from; --");
create unique index customers_born on app.customers (born) include (mood) with (fillfactor = 80);
create index orders_expression on app.orders ((net + 1));
alter index app.orders_expression alter column 1 set statistics 200;
comment on index app.orders_expression is 'i';
create statistics app.orders_stats (dependencies, ndistinct) on customer_id, net from app.orders;
comment on statistics app.orders_stats is 's';
`;

const BEHAVIOUR = `
create trigger "note; it" before insert or update of net on app.orders for each row when (new.net > 0) execute function app.note();
create constraint trigger later after insert on app.lines deferrable initially deferred for each row execute function app.note();
create trigger part_note after insert on app.events for each row execute function app.note();
alter table app.orders disable trigger "note; it";
comment on trigger later on app.lines is 't';
create rule keep as on delete to app.scratch do instead (insert into app.parent values (1); update app.parent set kind = ';');
create rule quiet as on update to app.scratch do also notify quiet;
alter table app.scratch disable rule quiet;
alter table app.customers enable row level security;
alter table app.customers force row level security;
create policy "own; rows" on app.customers as restrictive for select using (email::text = current_user);
create policy everyone on app.customers for insert with check (true);
comment on policy everyone on app.customers is 'p';
create event trigger watch_all on ddl_command_start execute function app.watch();
create event trigger watch_drops on sql_drop when tag in ('DROP TABLE') execute function app.watch();
alter event trigger watch_drops disable;
comment on event trigger watch_drops is 'e';
create publication chosen for table app.orders, only app.parent with (publish = 'insert, update');
create publication everything for all tables;
`;

const OTHERS = `
create text search dictionary app.plain_dict (template = simple, stopwords = english);
create text search configuration app.plain_search (copy = simple);
alter text search configuration app.plain_search alter mapping for word with app.plain_dict;
create server "far; away" foreign data wrapper postgres_fdw options (host 'h;', dbname 'd''b');
create foreign table app.remote (id integer options (column_name 'x;'), v text) server "far; away" options (table_name 't');
create operator family app.fam using btree;
create operator class app.pair_ops for type app.span using gist family public.gist_int4_ops as storage app.span;
drop operator class app.pair_ops using gist;
create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
`;

function ownership(owner: string, reader: string): string {
  return `
alter table app.orders owner to ${owner};
alter function app.decoy(integer, text[]) owner to ${owner};
alter schema "Upper.Dot" owner to ${owner};
grant usage on schema app to ${reader};
grant select, insert (net) on app.orders to ${reader} with grant option;
grant execute on function app.decoy(app.mood) to ${reader};
revoke all on function app.is_equal(app.pair, app.pair) from public;
alter default privileges for role ${owner} in schema app grant select on tables to ${reader};
create policy readers on app.customers for select to ${reader} using (true);
`;
}
