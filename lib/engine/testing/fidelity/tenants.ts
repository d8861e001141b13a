import { type FidelitySchema, since } from "./fidelity-schema";

/** Tenants, whose objects have the same names in each schema. */
const TENANTS = 20;

/** `app.` is replaced by the tenant's schema, quoted as it must be. */
const TENANT = `
create schema app authorization tenant_owner;
set role tenant_owner;
create type app.state as enum ('new', 'done');
create domain app.amount as numeric(10,2) check (value >= 0);
create sequence app.numbers start 1000;
create function app.next_number() returns bigint language sql as 'select nextval(''app.numbers'')';
create function app.label(app.state) returns text language sql immutable as $$ select case $1 when 'new'::app.state then 'n' else 'd' end $$;
create table app.accounts (id serial primary key, name text not null unique, parent_id integer references app.accounts);
create table app.invoices (id bigint primary key default app.next_number(), account_id integer not null references app.accounts on delete cascade, state app.state not null default 'new', total app.amount, doc jsonb,
  label text generated always as (app.label(state)) stored);
create index invoices_state on app.invoices (state, total);
create index on app.invoices (app.label(state)) where total > 1;
create view app.open as select i.id, a.name from app.invoices i join app.accounts a on a.id = i.account_id where i.state = 'new';
create materialized view app.sums as select account_id, sum(total) as total from app.invoices group by account_id;
create unique index on app.sums (account_id);
create function app.touch() returns trigger language plpgsql set search_path from current as $$ begin return new; end $$;
create trigger touch before update on app.invoices for each row execute function app.touch();
create rule quiet as on update to app.accounts where old.id = new.id and old is not distinct from new do instead nothing;
insert into app.accounts (name) select 'a' || i from generate_series(1, 10) i;
insert into app.invoices (account_id, total, doc) select 1 + i % 10, i, '{"t": "app"}' from generate_series(1, 30) i;
refresh materialized view app.sums;
grant usage on schema app to tenant_app;
grant select, insert on all tables in schema app to tenant_app;
alter default privileges in schema app grant select on tables to tenant_app;
comment on table app.invoices is 'of app';
reset role;
`;

/** Harmless names, and some that are not. */
function tenantName(index: number): string {
  if (index === 3) return `"Tenant ""3""; drop"`;
  if (index === 7) return `"tenant.7"`;
  if (index === 11) return `"租户 11"`;
  return `tenant_${index}`;
}

function tenant(index: number): string {
  const name = tenantName(index);
  return TENANT.replace(/\bapp\.(?=\w)/g, `${name}.`).replace(/\bschema app\b/g, `schema ${name}`);
}

const shared = `
create schema shared;
create table shared.tenants (id integer primary key, schema_name name unique, created timestamptz default now());
create view shared.all_invoices as select 'tenant_0' as tenant, id, total from tenant_0.invoices union all select '7', id, total from "tenant.7".invoices;
create table shared.accounts () inherits (tenant_1.accounts);
alter table tenant_2.invoices add constraint other_tenant foreign key (account_id) references tenant_1.accounts (id) not valid;
`;

export const tenants: FidelitySchema = {
  name: "tenants",
  roles: ["tenant_owner", "tenant_app"],
  steps: (major) => [
    ...Array.from({ length: TENANTS }, (_, index) => tenant(index)),
    shared,
    since(major, 15, `create publication one_tenant for tables in schema tenant_4`),
  ],
};
