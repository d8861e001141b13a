import type pg from "pg";
import { ident, qualified } from "@/lib/postgres/sql";

export interface TableName {
  schema: string;
  name: string;
}

/**
 * What becomes of tables whose rows nobody can identify, or not by what can be published: in a publication of updates the source
 * would refuse those.
 */
export type WithoutIdentity = "leaveOut" | "insertsOnly";

/** The first that can publish TRUNCATE. */
const TRUNCATE_VERSION = 110_000;
/** The first with columns in an index that are not of its key. */
const INCLUDE_VERSION = 110_000;
/** The first with generated columns. */
const GENERATED_VERSION = 120_000;
/** The first that publishes generated columns when asked to. */
const PUBLISHED_GENERATED_VERSION = 180_000;

export interface PublishedTables {
  /** Publications to stream from. */
  publications: string[];
  /** Tables of which inserts and truncates alone, or nothing, will come. */
  withoutIdentity: TableName[];
}

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
 * Creates the publications pgoutput needs, before the slot: a slot knows only what was there before. `tables` are ordinary
 * ones, leaves of partitioned tables among them. A second publication, `<name>_i`, takes those without a replica
 * identity with `insertsOnly`. All or none; throws what the server reports.
 */
export async function createPublications(
  client: pg.Client,
  name: string,
  tables: readonly TableName[],
  mode: WithoutIdentity,
): Promise<PublishedTables> {
  const version = await versionOf(client);
  const { rows } = await client.query<PublishedTable>(tablesQuery(version), valuesOf(tables));
  const truncate = version >= TRUNCATE_VERSION ? ", truncate" : "";
  const identified = rows.filter((row) => row.isIdentified);
  const withoutIdentity = rows
    .filter((row) => !row.isIdentified)
    .map((row) => ({ schema: row.schema, name: row.name }));
  const isAsked = version >= PUBLISHED_GENERATED_VERSION && identified.some((row) => row.needsGenerated);
  const generated = isAsked ? ", publish_generated_columns = stored" : "";
  const statements = [createStatement(name, identified, `'insert, update, delete${truncate}'${generated}`)];
  const publications = [name];
  if (mode === "insertsOnly" && withoutIdentity.length > 0) {
    publications.push(`${name}_i`);
    statements.push(createStatement(`${name}_i`, withoutIdentity, `'insert${truncate}'`));
  }
  // Several statements in one message are one transaction.
  await client.query(statements.join(";\n"));
  return { publications, withoutIdentity };
}

/**
 * Published tables whose updates the source refuses, because they were altered since: what told their rows apart is gone, or has
 * a generated column now. Throws what the server reports.
 */
export async function listRefused(client: pg.Client, publications: readonly string[]): Promise<TableName[]> {
  const published = await client.query<TableName>(PUBLISHED, [publications]);
  const { rows } = await client.query<PublishedTable>(
    tablesQuery(await versionOf(client)),
    valuesOf(published.rows),
  );
  return rows.filter((row) => !row.isIdentified).map(({ schema, name }) => ({ schema, name }));
}

/** Those that a second publication has, with inserts alone, are refused nothing. */
const PUBLISHED = `
select distinct t.schemaname as schema, t.tablename as name
  from pg_catalog.pg_publication p join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
 where p.pubname = any ($1::text[]) and (p.pubupdate or p.pubdelete)`;

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

function createStatement(name: string, tables: readonly TableName[], publish: string): string {
  const list = tables.map((table) => `only ${qualified(table.schema, table.name)}`).join(", ");
  return `create publication ${ident(name)}${list === "" ? "" : ` for table ${list}`} with (publish = ${publish})`;
}
