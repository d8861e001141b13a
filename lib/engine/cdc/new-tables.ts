import type pg from "pg";
import type { TableName } from "../events";
import { tableKey } from "../schema/restore-plan";
import type { FollowStart } from "./follow-options";

/** As listTables() of the copy chooses them, without a look at their files, which would wait for locks. */
const TABLES = `
select n.nspname as schema, c.relname as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence in ('p', 'u') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select 1 from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
 order by 1, 2`;

/** Tables of the source that were not there when the copy began. Throws what the source reports. */
export async function listNewTables(
  source: pg.Client,
  { tables, recopied, leftOut }: Pick<FollowStart, "tables" | "recopied" | "leftOut">,
): Promise<TableName[]> {
  const known = new Set([...tables, ...recopied, ...leftOut].map(tableKey));
  const { rows } = await source.query<TableName>(TABLES);
  return rows.filter((table) => !known.has(tableKey(table)));
}
