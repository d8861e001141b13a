import type pg from "pg";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { FollowStart, TableStop } from "./follow-options";
import { listNewTables } from "./new-tables";

/** A table that is not on the target as it is on the source, although no change of a row has told so. */
export interface AlteredTable extends TableName {
  reason: TableStop | "new";
}

/** Names and types of all columns, in order; types by their full names, which are the same on both sides. */
const COLUMNS = `
select u.schema, u.name,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)::text
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from unnest($1::text[], $2::text[]) as u(schema, name)
  join pg_catalog.pg_namespace n on n.nspname = u.schema
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.name and c.relkind = 'r'`;

/**
 * Compares the catalogues for what an application has altered since the copy: tables that are new, gone or have other columns.
 * The search_path of both sessions has to be empty. Throws what the servers report.
 */
export async function listAlteredTables(
  source: pg.Client,
  target: pg.Client,
  start: Pick<FollowStart, "tables" | "recopied" | "leftOut">,
): Promise<AlteredTable[]> {
  const there = await columnsOf(source, start.tables);
  const here = await columnsOf(target, start.tables);
  const altered = start.tables.flatMap(({ schema, name }): AlteredTable[] => {
    const [wanted, has] = [there.get(tableKey({ schema, name })), here.get(tableKey({ schema, name }))];
    if (wanted === has) return [];
    return [{ schema, name, reason: wanted === undefined ? "dropped" : "columns-changed" }];
  });
  const added = await listNewTables(source, start);
  return [...altered, ...added.map((table): AlteredTable => ({ ...table, reason: "new" }))];
}

async function columnsOf(
  client: pg.Client,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<TableName & { columns: string | null }>(COLUMNS, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
  return new Map(rows.map((row) => [tableKey(row), row.columns ?? "[]"]));
}
