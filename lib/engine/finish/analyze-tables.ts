import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { displayName, qualified } from "@/lib/postgres/sql";
import type { ObjectFailure, TableName } from "../events";
import type { SessionPool } from "../indexes/session-pool";
import { tableKey } from "../schema/restore-plan";
import { flushTarget } from "./flush-target";

/** Tables of one statement: an ANALYZE that takes many names saves round trips on small ones. */
const BATCH = 25;

interface Analyzable extends TableName {
  isView: boolean;
  big: boolean;
  /** It has children that inherit, extended statistics or statistics targets of an index: made after its rows, or covering others'. */
  late: boolean;
}

/**
 * Relations worth analysing: with rows, and partitioned ones, whose own statistics only ANALYZE gathers. Of a partitioned one that
 * has foreign tables its other partitions are: ANALYZE would read from servers that the target need not reach.
 */
async function listAnalyzable(client: pg.Client): Promise<Analyzable[]> {
  // A join, because a server that expects many late ones would look for each table among them from the first on.
  const { rows } = await client.query<Analyzable>(`
    with recursive outward (oid) as (
      select i.inhparent from pg_catalog.pg_inherits i
        join pg_catalog.pg_class f on f.oid = i.inhrelid and f.relkind = 'f'
        join pg_catalog.pg_class p on p.oid = i.inhparent and p.relkind = 'p'
      union select i.inhparent from outward o join pg_catalog.pg_inherits i on i.inhrelid = o.oid
    ), beside (oid) as (
      select i.inhrelid from outward o join pg_catalog.pg_inherits i on i.inhparent = o.oid
      union select i.inhrelid from beside b join pg_catalog.pg_inherits i on i.inhparent = b.oid
    ), late (oid) as (
      select h.inhparent from pg_catalog.pg_inherits h
        join pg_catalog.pg_class p on p.oid = h.inhparent and p.relkind <> 'p'
      union select stxrelid from pg_catalog.pg_statistic_ext
      union select i.indrelid from pg_catalog.pg_index i
              join pg_catalog.pg_attribute a on a.attrelid = i.indexrelid and a.attstattarget >= 0
    )
    select n.nspname as schema, c.relname as name, c.relkind = 'm' as "isView", c.relkind = 'p' or pg_catalog.pg_relation_size(c.oid) > 16777216 as big,
           l.oid is not null as late
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join late l on l.oid = c.oid
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not (c.relkind = 'r' and c.relispartition and c.oid not in (select oid from beside))
       and (c.relkind = 'p' and not c.relispartition and c.oid not in (select oid from outward) or c.relkind in ('r', 'm') and pg_catalog.pg_relation_size(c.oid) > 0)
       and pg_catalog.pg_has_role(c.relowner, 'usage')
     order by pg_catalog.pg_relation_size(c.oid) desc, 1, 2`);
  return rows;
}

export interface AnalyzeOptions {
  /** tableKey() of tables that were analysed with all their rows. */
  done?: ReadonlySet<string>;
  /** VACUUM as well, which writes the visibility map, so that index-only scans are fast from the first query too. */
  vacuum?: boolean;
  /** Both when absent. */
  of?: "tables" | "views";
}

/**
 * Gathers planner statistics, in parallel, so that the target is fast from its first query. ANALYZE of a partitioned table
 * covers its partitions. Returns a warning for each table whose statistics the target could not gather; throws when a
 * session breaks.
 */
export async function analyzeTables(
  pool: SessionPool,
  { done = new Set(), vacuum = false, of }: AnalyzeOptions = {},
): Promise<ObjectFailure[]> {
  if (vacuum) await pool.run(flushTarget);
  const listed = await pool.run(listAnalyzable);
  const wanted = listed.filter(({ isView }) => of === undefined || isView === (of === "views"));
  const tables = wanted.filter((table) => vacuum || table.late || !done.has(tableKey(table)));
  const command = vacuum ? "vacuum (analyze)" : "analyze";
  const batches: TableName[][] = tables.filter((table) => table.big).map((table) => [table]);
  const small = tables.filter((table) => !table.big);
  for (let at = 0; at < small.length; at += BATCH) batches.push(small.slice(at, at + BATCH));
  const failures = await Promise.all(
    batches.map((batch) =>
      pool.run(async (client) => {
        // VACUUM marks nothing as visible to all while commits near it wait for the disk.
        if (vacuum) await client.query("set synchronous_commit = local");
        return await analyzeBatch(client, command, batch);
      }),
    ),
  );
  return failures.flat();
}

/** ANALYZE stops at the first table that fails (an index expression may raise), so those of a batch are tried again alone. */
async function analyzeBatch(
  client: pg.Client,
  command: string,
  batch: readonly TableName[],
): Promise<ObjectFailure[]> {
  const statement = `${command} ${batch.map((table) => qualified(table.schema, table.name)).join(", ")}`;
  try {
    await client.query(statement);
    return [];
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    const [only] = batch;
    if (batch.length === 1 && only) return [notAnalyzed(only, statement, error)];
    const failures: ObjectFailure[] = [];
    for (const table of batch) failures.push(...(await analyzeBatch(client, command, [table])));
    return failures;
  }
}

function notAnalyzed(table: TableName, statement: string, error: unknown): ObjectFailure {
  const { code, sqlState, message } = toCodedError(error, "OBJECT_FAILED");
  return {
    severity: "warning",
    kind: "table",
    object: displayName(table.schema, table.name),
    code,
    sqlState,
    message: `statistics were not gathered: ${message}`,
    remedy: "Run the statement shown on the target.",
    statement,
  };
}
