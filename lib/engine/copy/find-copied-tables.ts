import type pg from "pg";
import { displayName } from "@/lib/postgres/sql";
import { describeCode } from "@/lib/util/error-codes";
import type { ObjectFailure } from "../events";
import type { ResolvedFilter } from "../filter/resolve-filter";
import { needsCopy } from "../schema/configuration-tables";
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
