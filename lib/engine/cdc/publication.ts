import type pg from "pg";
import { ident, qualified } from "@/lib/postgres/sql";

export interface TableName {
  schema: string;
  name: string;
}

/** What becomes of tables whose rows nobody can identify: in a publication of updates the source would refuse those. */
export type WithoutIdentity = "leaveOut" | "insertsOnly";

export interface PublishedTables {
  /** Publications to stream from. */
  publications: string[];
  /** Tables of which inserts and truncates alone, or nothing, will come. */
  withoutIdentity: TableName[];
}

/** Of those asked for, in the order asked; a table that does not exist any more, or is not logged, is missing. */
const TABLES = `
select n.nspname as schema, c.relname as name,
       case c.relreplident
         when 'f' then true
         when 'd' then exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisvalid)
         when 'i' then exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisreplident and i.indisvalid)
         else false end as "isIdentified"
  from rows from (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) with ordinality w(schema, name, at)
  join pg_catalog.pg_namespace n on n.nspname = w.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind = 'r' and c.relpersistence = 'p'
 order by w.at`;

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
  const values = [tables.map((table) => table.schema), tables.map((table) => table.name)];
  const { rows } = await client.query<TableName & { isIdentified: boolean }>(TABLES, values);
  const hasTruncate = (await client.query("show server_version_num")).rows[0].server_version_num >= 110_000;
  const truncate = hasTruncate ? ", truncate" : "";
  const identified = rows.filter((row) => row.isIdentified);
  const withoutIdentity = rows
    .filter((row) => !row.isIdentified)
    .map((row) => ({ schema: row.schema, name: row.name }));
  const statements = [createStatement(name, identified, `insert, update, delete${truncate}`)];
  const publications = [name];
  if (mode === "insertsOnly" && withoutIdentity.length > 0) {
    publications.push(`${name}_i`);
    statements.push(createStatement(`${name}_i`, withoutIdentity, `insert${truncate}`));
  }
  // Several statements in one message are one transaction.
  await client.query(statements.join(";\n"));
  return { publications, withoutIdentity };
}

function createStatement(name: string, tables: readonly TableName[], publish: string): string {
  const list = tables.map((table) => `only ${qualified(table.schema, table.name)}`).join(", ");
  return `create publication ${ident(name)}${list === "" ? "" : ` for table ${list}`} with (publish = '${publish}')`;
}
