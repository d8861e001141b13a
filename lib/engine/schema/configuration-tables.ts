import type pg from "pg";
import { qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";

/** A table whose rows an extension's user is to keep (extend-extensions.html, "Extension Configuration Tables"). */
export interface ConfigurationTable extends TableName {
  extension: string;
  /** `where` clause of the rows that are not the extension's own, "" for all its rows. */
  configurationFilter: string;
  readable: boolean;
  /** Row security is active for the session's login. */
  rowSecurity: boolean;
}

/** A table of which it may not be one. */
type MaybeConfiguration = TableName & {
  configurationFilter: string | null;
  readable: boolean;
  rowSecurity: boolean;
};

/** Those of the session's database, by name. Throws what the server reports. */
export async function listConfigurationTables(client: pg.Client): Promise<ConfigurationTable[]> {
  const { rows } = await client.query<ConfigurationTable>(`
    select n.nspname as schema, c.relname as name, e.extname as extension, coalesce(u.condition, '') as "configurationFilter",
           may.read as readable, may.read and pg_catalog.row_security_active(c.oid) as "rowSecurity"
      from pg_catalog.pg_extension e
     cross join lateral rows from (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) as u(relation, condition)
      join pg_catalog.pg_class c on c.oid = u.relation and c.relkind = 'r'
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     cross join lateral (select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as read) may
     order by 1, 2`);
  return rows;
}

/**
 * False for a configuration table of an extension without rows of its own on the source that has none on the target either; or has
 * such as the login may not take away: creating another extension can bring them. Throws what the servers report.
 */
export async function needsCopy(
  source: pg.Client,
  target: pg.Client,
  table: MaybeConfiguration,
): Promise<boolean> {
  if (table.configurationFilter === null || !table.readable) return true;
  if (table.rowSecurity ? await hasBlocks(source, table) : await hasOwnRows(source, table)) return true;
  return (await mayEmpty(target, table)) && (await hasOwnRows(target, table));
}

/** Of rows that row security hides no more can be known. */
async function hasBlocks(source: pg.Client, { schema, name }: TableName): Promise<boolean> {
  const { rows } = await source.query<{ found: boolean }>(
    "select pg_catalog.pg_relation_size($1::pg_catalog.regclass) > 0 as found",
    [qualified(schema, name)],
  );
  return rows[0]?.found === true;
}

async function mayEmpty(target: pg.Client, { schema, name }: TableName): Promise<boolean> {
  const { rows } = await target.query<{ may: boolean }>(
    `select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
            and pg_catalog.has_table_privilege(c.oid, 'delete')
            and not pg_catalog.row_security_active(c.oid) as may
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'`,
    [schema, name],
  );
  return rows[0]?.may === true;
}

/** True when a configuration table of an extension has rows that its extension did not bring. Throws what the server reports. */
export async function hasOwnRows(client: pg.Client, table: MaybeConfiguration): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select 1 from only ${qualified(table.schema, table.name)} ${table.configurationFilter ?? ""}) as found`,
  );
  return rows[0]?.found === true;
}
