import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { displayIdent, displayName, ident, qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import type { RestorePlan } from "../schema/restore-plan";
import type { SchemaStatement } from "../schema/statement";

/** dependent_objects_still_exist: it stays, and rows are only slower to come; undefined_object, _table: it went with another. */
const HARMLESS: ReadonlySet<string | null> = new Set(["2BP01", "42704", "42P01"]);

/** Tables of one TRUNCATE; each takes a lock and a new file. */
const BATCH = 50;

/**
 * Brings tables whose rows are copied anew back to where they were before their rows came: foreign keys from and to them,
 * indexes, late check constraints and triggers go, row security is off, and they are empty. All of it is made again, because
 * only what is in the plan is dropped. An index that is attached to a partitioned one stays.
 */
export async function clearTables(
  client: pg.Client,
  tables: readonly TableName[],
  plan: RestorePlan,
): Promise<void> {
  if (tables.length === 0) return;
  const planned = plannedNames(plan);
  for (const object of await listDependents(client, tables)) {
    if (planned.has(nameOf(object))) await tryDrop(client, dropStatement(object));
  }
  for (const { schema, table } of await listRowSecured(client, tables)) {
    // FORCE means nothing while it is off, and belongs to what is made before the rows.
    await client.query(`alter table ${qualified(schema, table)} disable row level security`);
  }
  await emptyTables(client, tables);
}

/** Foreign keys whose check of the rows was not reached or that no partitioned table has adopted yet, and unfinished indexes. */
export async function dropHalfDone(client: pg.Client, plan: RestorePlan): Promise<void> {
  const checked = plan.foreignKeys.filter(({ statement }) => !/\bnot valid\s*$/i.test(statement.sql));
  const names = new Set(checked.map(({ statement }) => statement.object));
  const planned = plannedNames(plan);
  const { rows } = await client.query<Dependent>(`${HALF_DONE}`);
  for (const object of rows) {
    const isHalfDone =
      object.kind === "foreign-key" ? names.has(nameOf(object)) : planned.has(nameOf(object));
    if (isHalfDone) await tryDrop(client, dropStatement(object));
  }
  const unadopted = await client.query<Dependent & { parentSchema: string; parent: string }>(UNADOPTED);
  for (const object of unadopted.rows) {
    const ofParent = nameOf({ ...object, schema: object.parentSchema, table: object.parent });
    if (names.has(ofParent) && !planned.has(nameOf(object))) await tryDrop(client, dropStatement(object));
  }
}

/** Event triggers would fire on all that a move does; they are the last it makes. */
export async function dropEventTriggers(
  client: pg.Client,
  statements: readonly SchemaStatement[],
): Promise<void> {
  const planned = new Set(
    statements.flatMap(({ kind, object }) => (kind === "event-trigger" ? [object] : [])),
  );
  if (planned.size === 0) return;
  const { rows } = await client.query<{ name: string }>(
    "select evtname as name from pg_catalog.pg_event_trigger",
  );
  for (const { name } of rows)
    if (planned.has(displayIdent(name))) await client.query(`drop event trigger ${ident(name)}`);
}

type DependentKind = "foreign-key" | "constraint" | "check" | "index" | "trigger";

interface Dependent {
  kind: DependentKind;
  schema: string;
  /** The table it belongs to. */
  table: string;
  name: string;
}

/** As the statements of a plan name it. */
function nameOf({ kind, schema, table, name }: Dependent): string {
  if (kind === "index" || kind === "constraint") return displayName(schema, name);
  return `${displayIdent(name)} on ${displayName(schema, table)}`;
}

function plannedNames(plan: RestorePlan): ReadonlySet<string> {
  return new Set([
    ...plan.foreignKeys.map(({ statement }) => statement.object),
    ...[...plan.tables.values()].flatMap(({ builds }) => builds.map(({ statement }) => statement.object)),
    ...plan.rest.flatMap(({ kind, object }) => (kind === "trigger" || kind === "check" ? [object] : [])),
  ]);
}

function dropStatement({ kind, schema, table, name }: Dependent): string {
  if (kind === "index") return `drop index ${qualified(schema, name)}`;
  if (kind === "trigger") return `drop trigger ${ident(name)} on ${qualified(schema, table)}`;
  return `alter table ${qualified(schema, table)} drop constraint ${ident(name)}`;
}

async function tryDrop(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (!HARMLESS.has(sqlStateOf(error))) throw error;
  }
}

/** The tables themselves, and the partitioned tables above them, whose constraints and triggers they share. */
const FAMILY = `
with recursive chosen (oid) as (
  select c.oid from unnest($1::text[], $2::text[]) as u(schema, name)
    join pg_catalog.pg_namespace n on n.nspname = u.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.name
), family (oid) as (
  select oid from chosen
  union
  select i.inhparent from family f join pg_catalog.pg_class c on c.oid = f.oid and c.relispartition
    join pg_catalog.pg_inherits i on i.inhrelid = f.oid
)`;

const NAMED = `join pg_catalog.pg_class c on c.oid = o.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;

/** Foreign keys come first: they rest on the indexes. Copies that partitions have of their parent's go with it. */
async function listDependents(client: pg.Client, tables: readonly TableName[]): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>(
    `${FAMILY}, objects (place, kind, relation, name) as (
  select 1, 'foreign-key', k.conrelid, k.conname from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0
     and (k.conrelid in (select oid from family) or k.confrelid in (select oid from family))
  union all
  select 2, 'constraint', k.conrelid, k.conname
    from pg_catalog.pg_constraint k join pg_catalog.pg_class i on i.oid = k.conindid
   where k.contype in ('p', 'u', 'x') and k.conrelid in (select oid from chosen) and not i.relispartition
  union all
  select 3, 'index', x.indrelid, i.relname
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
   where x.indrelid in (select oid from chosen) and not i.relispartition
  union all
  select 4, 'check', k.conrelid, k.conname from pg_catalog.pg_constraint k
   where k.contype in ('c', 'n') and k.coninhcount = 0 and k.conrelid in (select oid from family)
  union all
  select 5, 'trigger', t.tgrelid, t.tgname from pg_catalog.pg_trigger t
   where not t.tgisinternal and t.tgrelid in (select oid from family)
     and coalesce(pg_catalog.to_jsonb(t) ->> 'tgparentid', '0') = '0'
)
select o.kind, n.nspname as schema, c.relname as table, o.name from objects o ${NAMED} order by o.place, 2, 3, 4`,
    namesOf(tables),
  );
  return rows;
}

async function listRowSecured(client: pg.Client, tables: readonly TableName[]): Promise<Dependent[]> {
  const { rows } = await client.query<Dependent>(
    `${FAMILY} select n.nspname as schema, c.relname as table from chosen o
       join pg_catalog.pg_class c on c.oid = o.oid and c.relrowsecurity
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
    namesOf(tables),
  );
  return rows;
}

const HALF_DONE = `
with objects (kind, relation, name) as (
  select 'foreign-key', k.conrelid, k.conname from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0 and not k.convalidated
  union all
  select 'index', x.indrelid, i.relname from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
   where not x.indisvalid and i.relkind = 'i'
)
select o.kind, n.nspname as schema, c.relname as table, o.name from objects o ${NAMED}`;

/** Foreign keys of partitions by themselves, each with every partitioned table above it; see takeApart(). */
const UNADOPTED = `
with recursive line (relation, parent) as (
  select i.inhrelid, i.inhparent from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
  union all
  select line.relation, i.inhparent from line join pg_catalog.pg_inherits i on i.inhrelid = line.parent
)
select 'foreign-key' as kind, n.nspname as schema, c.relname as table, k.conname as name,
       pn.nspname as "parentSchema", p.relname as parent
  from pg_catalog.pg_constraint k
  join line on line.relation = k.conrelid
  join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class p on p.oid = line.parent join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
 where k.contype = 'f' and k.conparentid = 0`;

/** Only those that ever had a row: TRUNCATE costs a new file. Another's foreign key forbids it; DELETE does as well then. */
export async function emptyTables(client: pg.Client, tables: readonly TableName[]): Promise<void> {
  const { rows } = await client.query<{ schema: string; table: string }>(
    `${FAMILY} select n.nspname as schema, c.relname as table from chosen o
       join pg_catalog.pg_class c on c.oid = o.oid and c.relkind = 'r' and pg_catalog.pg_relation_size(c.oid) > 0
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
    namesOf(tables),
  );
  const names = rows.map(({ schema, table }) => qualified(schema, table));
  for (let at = 0; at < names.length; at += BATCH) await empty(client, names.slice(at, at + BATCH));
}

async function empty(client: pg.Client, names: readonly string[]): Promise<void> {
  const [only] = names;
  if (only === undefined) return;
  try {
    await client.query(`truncate ${names.map((name) => `only ${name}`).join(", ")}`);
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    if (names.length === 1) await client.query(`delete from only ${only}`);
    else for (const name of names) await empty(client, [name]);
  }
}

function namesOf(tables: readonly TableName[]): [string[], string[]] {
  return [tables.map((table) => table.schema), tables.map((table) => table.name)];
}
