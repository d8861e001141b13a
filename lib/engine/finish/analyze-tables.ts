import type pg from "pg";
import { qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";
import type { SessionPool } from "../indexes/session-pool";

/** Tables of one statement: an ANALYZE that takes many names saves round trips on small ones. */
const BATCH = 25;

/** Relations worth analysing: with rows, and partitioned ones, whose own statistics only ANALYZE gathers. */
async function listAnalyzable(client: pg.Client): Promise<(TableName & { big: boolean })[]> {
  const { rows } = await client.query<TableName & { big: boolean }>(`
    select n.nspname as schema, c.relname as name, c.relkind = 'p' or pg_catalog.pg_relation_size(c.oid) > 16777216 as big
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not (c.relkind = 'r' and c.relispartition)
       and (c.relkind = 'p' and not c.relispartition or c.relkind in ('r', 'm') and pg_catalog.pg_relation_size(c.oid) > 0)
       and pg_catalog.pg_has_role(c.relowner, 'usage')
     order by pg_catalog.pg_relation_size(c.oid) desc, 1, 2`);
  return rows;
}

/**
 * Gathers planner statistics, in parallel, so that the target is fast from its first query. ANALYZE of a partitioned table
 * covers its partitions. Throws what the server reports.
 */
export async function analyzeTables(pool: SessionPool): Promise<void> {
  const tables = await pool.run(listAnalyzable);
  const alone = tables.filter((table) => table.big).map((table) => [table]);
  const small = tables.filter((table) => !table.big);
  const batches = [...alone];
  for (let at = 0; at < small.length; at += BATCH) batches.push(small.slice(at, at + BATCH));
  await Promise.all(
    batches.map((batch) =>
      pool.run((client) =>
        client.query(`analyze ${batch.map((table) => qualified(table.schema, table.name)).join(", ")}`),
      ),
    ),
  );
}
