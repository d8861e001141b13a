/** A warehouse: products with pictures, goods of several kinds by inheritance, stock movements by year and site. */

const schema = `
create schema "Warehouse";
create schema contrib;
create extension hstore schema contrib;
create extension pg_trgm schema contrib;
create extension btree_gist schema contrib;
create extension pgcrypto schema contrib;

create type "Warehouse".unit as enum ('piece', 'kg', 'litre', 'metre');
create type "Warehouse".dimensions as (width numeric, height numeric, depth numeric);
create type "Warehouse".temperature as range (subtype = float8, subtype_diff = float8mi);
create domain "Warehouse".sku as varchar(12) check (value ~ '^[A-Z]{2}-[0-9]{6}$');

create sequence "Warehouse".picking_list as integer minvalue 1 maxvalue 99999 cycle;

create table "Warehouse".supplier (
  id integer primary key,
  name text not null,
  preferred_product "Warehouse".sku,
  contact contrib.hstore not null default ''
);
create table "Warehouse".product (
  sku "Warehouse".sku primary key,
  supplier_id integer not null references "Warehouse".supplier,
  name text not null,
  unit "Warehouse".unit not null,
  size "Warehouse".dimensions,
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  net numeric(12,4) not null,
  gross numeric(14,4) generated always as (net * 1.19) stored,
  search tsvector
);
alter table "Warehouse".supplier add foreign key (preferred_product) references "Warehouse".product deferrable initially deferred;

create table "Warehouse".picture (
  sku "Warehouse".sku references "Warehouse".product on delete cascade,
  position smallint,
  data bytea not null,
  sha256 bytea generated always as (sha256(data)) stored,
  primary key (sku, position)
);
alter table "Warehouse".picture alter column data set storage external;

create table "Warehouse".goods (
  id bigserial,
  sku "Warehouse".sku not null,
  quantity numeric not null check (quantity >= 0),
  "order" integer,
  "select" boolean not null default true
);
create table "Warehouse".perishable_goods (
  best_before date not null,
  storage_range "Warehouse".temperature not null,
  primary key (id)
) inherits ("Warehouse".goods);
create table "Warehouse".hazardous_goods (un_number char(4) not null, primary key (id)) inherits ("Warehouse".goods);
alter table only "Warehouse".goods add primary key (id);

create table "Warehouse".shelf_booking (
  shelf integer not null,
  during daterange not null,
  sku "Warehouse".sku not null,
  exclude using gist (shelf with =, during with &&) deferrable initially deferred
);

create table "Warehouse".stock_movement (
  id bigint not null,
  moved_on date not null,
  site text not null,
  sku "Warehouse".sku not null,
  delta integer not null,
  "user" text not null default current_user,
  reference uuid not null,
  primary key (id, moved_on, site)
) partition by range (moved_on);
create table "Warehouse".movement_2023 partition of "Warehouse".stock_movement for values from ('2023-01-01') to ('2024-01-01')
  partition by list (site);
create table "Warehouse".movement_2023_north partition of "Warehouse".movement_2023 for values in ('Oslo', 'Gävle');
create table "Warehouse".movement_2023_south partition of "Warehouse".movement_2023 for values in ('Bari', 'Faro');
create table "Warehouse".movement_2024 partition of "Warehouse".stock_movement for values from ('2024-01-01') to ('2025-01-01')
  partition by hash (id);
create table "Warehouse".movement_2024_even partition of "Warehouse".movement_2024 for values with (modulus 2, remainder 0);
create table "Warehouse".movement_2024_odd partition of "Warehouse".movement_2024 for values with (modulus 2, remainder 1);

create unlogged table "Warehouse".scanner_session (token text primary key, started_at timestamp not null, state json);
create table "Warehouse".stocktake (taken_on date, counted integer, checked boolean default false);
`;

const rows = `
insert into "Warehouse".supplier (id, name, contact)
select i, 'Supplier ' || i || case when i % 9 = 0 then ' "& Søns"' else '' end,
       contrib.hstore(array['phone', '+47 ' || i, 'note', case when i % 4 = 0 then null else 'a=>b, "c"' end])
from generate_series(1, 300) i;
insert into "Warehouse".product (sku, supplier_id, name, unit, size, tags, attributes, net, search)
select chr(65 + i % 26) || chr(65 + i % 7) || '-' || lpad(i::text, 6, '0'), 1 + i % 300, initcap(translate(md5(i::text), '0123456789', 'ghijklmnop')),
       (array['piece','kg','litre','metre'])[1 + i % 4]::"Warehouse".unit, row(i % 90, i % 70 + 0.5, null)::"Warehouse".dimensions,
       array['t' || i % 11, 'group ' || i % 5, null], jsonb_build_object('colour', i % 16, 'specs', jsonb_build_array(i, md5(i::text))),
       (i % 100000) / 37.0, to_tsvector('simple', 'product number ' || i || ' of group ' || i % 5)
from generate_series(1, 15000) i;
update "Warehouse".supplier s set preferred_product = (select min(p.sku::text) from "Warehouse".product p where p.supplier_id = s.id);
insert into "Warehouse".picture (sku, position, data)
select p.sku, 1, contrib.encrypt(decode(repeat(md5(p.sku), 1200), 'hex'), convert_to(substr(p.sku, 1, 9) || '-picture', 'UTF8')::bytea, 'aes')
from "Warehouse".product p order by p.sku limit 800;

insert into "Warehouse".goods (sku, quantity, "order") select sku, net, supplier_id from "Warehouse".product where supplier_id % 3 = 0 order by sku;
insert into "Warehouse".perishable_goods (sku, quantity, best_before, storage_range)
select sku, net, date '2025-01-01' + supplier_id, "Warehouse".temperature(2, 4 + supplier_id % 4) from "Warehouse".product where supplier_id % 3 = 1 order by sku;
insert into "Warehouse".hazardous_goods (sku, quantity, un_number) select sku, net, lpad(supplier_id::text, 4, '1') from "Warehouse".product where supplier_id % 30 = 2 order by sku;
insert into "Warehouse".shelf_booking
select 1 + i % 100, daterange(date '2024-01-01' + i / 100 * 5, date '2024-01-04' + i / 100 * 5), (select min(sku::text) from "Warehouse".product)
from generate_series(0, 1999) i;

insert into "Warehouse".stock_movement (id, moved_on, site, sku, delta, "user", reference)
select i, date '2023-01-01' + i % 731, (array['Oslo','Gävle','Bari','Faro'])[1 + i % 4],
       chr(65 + p % 26) || chr(65 + p % 7) || '-' || lpad(p::text, 6, '0'), (i * 17) % 41 - 20, 'clerk' || i % 23, md5('movement ' || i)::uuid
from (select i, 1 + (i * 271) % 15000 as p from generate_series(1, 160000) i) s;
insert into "Warehouse".scanner_session select md5(i::text), timestamp '2024-05-05 05:05:05.123456' + i * interval '1 s', '{"a": 1,  "a": 2}' from generate_series(1, 500) i;
insert into "Warehouse".stocktake select date '2024-01-01' + i, i * 3, i % 2 = 0 from generate_series(1, 366) i;
select setval('"Warehouse".picking_list', 4711);
select lo_from_bytea(0, decode(repeat(md5(i::text), 20000), 'hex')) from generate_series(1, 4) i;
`;

const finish = `
alter table "Warehouse".stock_movement add foreign key (sku) references "Warehouse".product;
create index product_tags on "Warehouse".product using gin (tags);
create index product_attributes on "Warehouse".product using gin (attributes);
create index product_search on "Warehouse".product using gin (search);
create index product_name_similar on "Warehouse".product using gist (name contrib.gist_trgm_ops);
create index supplier_contact on "Warehouse".supplier using gin (contact);
create index product_expensive on "Warehouse".product (net desc nulls last) where net > 1000;
create index product_colour on "Warehouse".product ((attributes ->> 'colour'), lower(name));
create index movement_day on "Warehouse".stock_movement using brin (moved_on);
create index movement_sku on "Warehouse".stock_movement (sku, moved_on);
create index goods_hash on "Warehouse".goods using hash (sku);
create statistics "Warehouse".product_unit (mcv) on unit, supplier_id from "Warehouse".product;
cluster "Warehouse".product using product_pkey;

create view "Warehouse".stock as select sku, site, sum(delta) as quantity from "Warehouse".stock_movement group by sku, site;
create materialized view "Warehouse".stock_now as select * from "Warehouse".stock with data;
create index on "Warehouse".stock_now (quantity);
create materialized view "Warehouse".shortage as select site, count(*) as skus from "Warehouse".stock_now where quantity < 0 group by site;
create materialized view "Warehouse".not_yet_filled as select count(*) as n from "Warehouse".goods with no data;
create view "Warehouse".open_stocktake as select taken_on, counted from "Warehouse".stocktake where not checked;
create rule stocktake_insert as on insert to "Warehouse".open_stocktake do instead
  insert into "Warehouse".stocktake values (new.taken_on, new.counted, false);

create function "Warehouse".update_search() returns trigger language plpgsql as $body$
begin
  new.search := to_tsvector('simple', new.name || ' ' || array_to_string(new.tags, ' ')); -- a dollar quote $$ inside
  return new;
end
$body$;
create trigger product_search before insert or update of name, tags on "Warehouse".product for each row execute function "Warehouse".update_search();
create function "Warehouse".volume(d "Warehouse".dimensions) returns numeric language sql immutable as $$ select d.width * d.height * d.depth $$;
create function "Warehouse".add_volume(sum numeric, d "Warehouse".dimensions) returns numeric language sql immutable as $$
  select sum + coalesce("Warehouse".volume(d), 0)
$$;
create aggregate "Warehouse".total_volume("Warehouse".dimensions) (sfunc = "Warehouse".add_volume, stype = numeric, initcond = '0');
create procedure "Warehouse".book(p_sku text, p_delta integer) language sql as $$
  insert into "Warehouse".stock_movement values (nextval('"Warehouse".picking_list'), current_date, 'Oslo', p_sku, p_delta, current_user, md5(p_sku)::uuid)
$$;

alter table "Warehouse".supplier enable row level security;
alter table "Warehouse".supplier force row level security;
create policy supplier_all on "Warehouse".supplier using (true) with check (id > 0);
comment on table "Warehouse".stock_movement is E'Every change of stock.\\nNever updated, see "Warehouse".stock.';
comment on index "Warehouse".product_expensive is 'for the weekly report';
alter default privileges in schema "Warehouse" grant usage on sequences to public;
analyze;
`;

export const inventorydb = { name: "inventorydb", steps: [schema, rows, finish] } as const;
