import type pg from "pg";
import { ident, qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";

/** The first that can publish TRUNCATE. */
const TRUNCATE_VERSION = 110_000;
/** The first with columns in an index that are not of its key. */
const INCLUDE_VERSION = 110_000;
/** The first with generated columns. */
const GENERATED_VERSION = 120_000;
/** The first that publishes generated columns when asked to. */
const PUBLISHED_GENERATED_VERSION = 180_000;

/** Each is locked until all of them are published, and the source's lock table is for everyone. */
const TABLES_AT_ONCE = 500;

interface PublishedTable extends TableName {
  isIdentified: boolean;
  /** What tells its rows apart has stored generated columns, which have to be published with it. */
  needsGenerated: boolean;
}

/**
 * Of those asked for, in the order asked; a table that does not exist any more, or is not logged, is missing. To the
 * source a deferrable key tells no rows apart. Of a key with a generated column not all would come; from 18 on the source even
 * refuses an UPDATE when such a column of the replica identity is not published, and virtual ones never are.
 */
function tablesQuery(version: number): string {
  const generated = version >= GENERATED_VERSION ? "a.attgenerated" : "''";
  const keys = version >= INCLUDE_VERSION ? "i.indnkeyatts" : "i.indnatts";
  const index = `from pg_catalog.pg_index i where i.indrelid = c.oid and i.indimmediate and not (i.indkey::int2[])[0:${keys} - 1] && g.stored`;
  return `
select n.nspname as schema, c.relname as name, c.relreplident = 'f' and g.stored <> '{}' as "needsGenerated",
       case c.relreplident
         when 'f' then not g.virtual
         when 'd' then exists (select ${index} and i.indisprimary and i.indisvalid)
         when 'i' then exists (select ${index} and i.indisreplident and i.indisvalid)
         else false end as "isIdentified"
  from rows from (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) with ordinality w(schema, name, at)
  join pg_catalog.pg_namespace n on n.nspname = w.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind = 'r' and c.relpersistence = 'p'
 cross join lateral (
    select coalesce(pg_catalog.bool_or(${generated} = 'v'), false) as virtual,
           coalesce(pg_catalog.array_agg(a.attnum) filter (where ${generated} = 's'), '{}') as stored
      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) g
 order by w.at`;
}

/**
 * Creates the publication pgoutput needs, before the slot: a slot knows only what was there before. `tables` are ordinary
 * ones, leaves of partitioned tables among them. Returns those that are left out, because their rows cannot be identified by what
 * can be published: the source would refuse updates of them. Throws what the server reports.
 */
export async function createPublication(
  client: pg.Client,
  name: string,
  tables: readonly TableName[],
): Promise<TableName[]> {
  const version = await versionOf(client);
  const { rows } = await client.query<PublishedTable>(tablesQuery(version), valuesOf(tables));
  const truncate = version >= TRUNCATE_VERSION ? ", truncate" : "";
  const identified = rows.filter((row) => row.isIdentified);
  const isAsked = version >= PUBLISHED_GENERATED_VERSION && identified.some((row) => row.needsGenerated);
  const generated = isAsked ? ", publish_generated_columns = stored" : "";
  await client.query(
    `create publication ${ident(name)} with (publish = 'insert, update, delete${truncate}'${generated})`,
  );
  for (let at = 0; at < identified.length; at += TABLES_AT_ONCE) {
    const some = identified.slice(at, at + TABLES_AT_ONCE);
    const list = some.map((table) => `only ${qualified(table.schema, table.name)}`).join(", ");
    await client.query(`alter publication ${ident(name)} add table ${list}`);
  }
  return rows.filter((row) => !row.isIdentified).map(({ schema, name: table }) => ({ schema, name: table }));
}

/**
 * Published tables whose updates the source refuses, because they were altered since: what told their rows apart is gone, or has
 * a generated column now that is not published. Throws what the server reports.
 */
export async function listRefused(client: pg.Client, publications: readonly string[]): Promise<TableName[]> {
  const version = await versionOf(client);
  const published = await client.query<TableName & { hasGenerated: boolean }>(PUBLISHED, [publications]);
  const { rows } = await client.query<PublishedTable>(tablesQuery(version), valuesOf(published.rows));
  const lacksGenerated = new Set(
    version < PUBLISHED_GENERATED_VERSION
      ? []
      : published.rows.flatMap((row) => (row.hasGenerated ? [] : [tableKey(row)])),
  );
  const isRefused = (row: PublishedTable) =>
    !row.isIdentified || (row.needsGenerated && lacksGenerated.has(tableKey(row)));
  return rows.filter(isRefused).map(({ schema, name }) => ({ schema, name }));
}

/**
 * A number that grows when tables of the session's database lose or change what tells their rows apart, and with other DDL, within
 * seconds: the server counts the rows of its catalogues that change. Throws what the server reports.
 */
export async function countIdentityChanges(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ changes: number }>(IDENTITY_CHANGES);
  return rows[0]?.changes ?? 0;
}

const IDENTITY_CHANGES = `
select (pg_catalog.pg_stat_get_tuples_deleted('pg_catalog.pg_index'::regclass) + pg_catalog.pg_stat_get_tuples_updated('pg_catalog.pg_index'::regclass)
        + pg_catalog.pg_stat_get_tuples_updated('pg_catalog.pg_class'::regclass))::float8 as changes`;

/** As jsonb, because only publications of PostgreSQL 18 have such a column. */
const PUBLISHED = `
select t.schemaname as schema, t.tablename as name, pg_catalog.bool_and(coalesce(pg_catalog.to_jsonb(p) ->> 'pubgencols', 'n') = 's') as "hasGenerated"
  from pg_catalog.pg_publication p join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
 where p.pubname = any ($1::text[]) and (p.pubupdate or p.pubdelete) group by 1, 2`;

/** Takes tables out of all these publications that have them. Throws what the server reports; waits 5 s at most for a lock. */
export async function unpublish(
  client: pg.Client,
  publications: readonly string[],
  tables: readonly TableName[],
): Promise<void> {
  await client.query("set lock_timeout = '5s'");
  const { rows } = await client.query<TableName & { publication: string }>(MEMBERS, [
    publications,
    ...valuesOf(tables),
  ]);
  for (const { publication, schema, name } of rows)
    await client.query(`alter publication ${ident(publication)} drop table only ${qualified(schema, name)}`);
}

const MEMBERS = `
select t.pubname as publication, t.schemaname as schema, t.tablename as name
  from pg_catalog.pg_publication_tables t
  join rows from (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) w(schema, name)
    on w.schema = t.schemaname and w.name = t.tablename
 where t.pubname = any ($1::text[])`;

async function versionOf(client: pg.Client): Promise<number> {
  return Number((await client.query("show server_version_num")).rows[0].server_version_num);
}

/** Names as the queries take them. */
function valuesOf(tables: readonly TableName[]): [schemas: string[], names: string[]] {
  return [tables.map((table) => table.schema), tables.map((table) => table.name)];
}
