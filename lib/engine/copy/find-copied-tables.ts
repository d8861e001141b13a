import type pg from "pg";
import { displayName, qualified } from "@/lib/postgres/sql";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";
import type { ResolvedFilter } from "../filter/resolve-filter";
import type { MissingObjects } from "../schema/missing-objects";
import { tableKey } from "../schema/restore-plan";
import type { SourceTable } from "./list-tables";

export interface CopiedTables {
  /** Tables whose rows are to be copied, or refused by copyTables(); biggest first. */
  tables: SourceTable[];
  /** Tables with rows that have no place on the target and were not reported yet. */
  failures: ObjectFailure[];
}

/**
 * Tables of the source that exist on the target and whose rows the filter lets move. Configuration tables of extensions are
 * left out when nobody has put rows of his own into them on either side: often they may be written by a superuser only. `listed`:
 * what listTables() says of the source.
 */
export async function findCopiedTables(
  source: pg.Client,
  target: pg.Client,
  missing: MissingObjects,
  filter: Pick<ResolvedFilter, "movesRows">,
  listed: readonly SourceTable[],
): Promise<CopiedTables> {
  const existing = await listExisting(target);
  const tables: SourceTable[] = [];
  const failures: ObjectFailure[] = [];
  for (const table of listed) {
    if (missing.hasTable(table) || !filter.movesRows(table)) continue;
    if (!(await needsCopy(source, target, table))) continue;
    if (existing.has(tableKey(table))) tables.push(table);
    else failures.push(noPlace(table));
  }
  return { tables, failures };
}

async function listExisting(target: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await target.query<{ schema: string; name: string }>(`
    select n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r'`);
  return new Set(rows.map(tableKey));
}

/**
 * False for a configuration table of an extension without rows of its own on the source that has none on the target either; or has
 * such as the login may not take away: creating another extension can bring them. Throws what the servers report.
 */
export async function needsCopy(source: pg.Client, target: pg.Client, table: SourceTable): Promise<boolean> {
  if (table.configurationFilter === null || !table.readable || (await hasOwnRows(source, table))) return true;
  return (await mayEmpty(target, table)) && (await hasOwnRows(target, table));
}

async function mayEmpty(target: pg.Client, { schema, name }: SourceTable): Promise<boolean> {
  const { rows } = await target.query<{ may: boolean }>(
    `select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
            and pg_catalog.has_table_privilege(c.oid, 'delete') as may
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'`,
    [schema, name],
  );
  return rows[0]?.may === true;
}

/** True when a configuration table of an extension has rows that its extension did not bring. */
async function hasOwnRows(client: pg.Client, table: SourceTable): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select 1 from only ${qualified(table.schema, table.name)} ${table.configurationFilter}) as found`,
  );
  return rows[0]?.found === true;
}

function noPlace({ schema, name }: SourceTable): ObjectFailure {
  const object = displayName(schema, name);
  return {
    severity: "error",
    kind: "table",
    object,
    code: "OBJECT_SKIPPED",
    sqlState: null,
    message: `the rows of ${object} were not copied: the target has no such table`,
    remedy: describeCode("OBJECT_SKIPPED").remedy,
    statement: null,
  };
}
