import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { qualified } from "@/lib/postgres/sql";
import { type CopyPair, openPair, type PairOptions } from "../copy/copy-pair";
import type { TableName } from "../events";
import { type PlannedPaths, readPlannedPaths, withPlannedPath } from "../functions/planned-paths";
import { tableKey } from "../schema/restore-plan";
import { type CheckedTable, checksumQuery, listCheckedTables } from "../verify/list-checked-tables";

export interface CompareOptions extends PairOptions {
  /** Pairs of sessions that read at the same time. */
  jobs: number;
}

/**
 * Which tables have the same rows on the target as on the source in the snapshot, by row count and checksum; the source's
 * columns count. One that cannot be compared is not among them. Throws when a server is lost, and the signal's reason when
 * aborted.
 */
export async function findEqualTables(
  tables: readonly TableName[],
  options: CompareOptions,
): Promise<ReadonlySet<string>> {
  const equal = new Set<string>();
  if (tables.length === 0) return equal;
  const queue = tables.values();
  let checked: Promise<Checked> | undefined;
  await runPairs(Math.min(options.jobs, tables.length), options, async (pair) => {
    checked ??= listChecked(pair.source);
    const known = await checked;
    for (const table of queue) {
      options.signal.throwIfAborted();
      const one = known.tables.get(tableKey(table));
      if (one && (await isEqual(pair, one, known.paths))) equal.add(tableKey(table));
    }
  });
  return equal;
}

/** Rows on the target of each table, by tableKey(). Throws what the server reports. */
export async function countRows(
  target: pg.Client,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const table of tables) {
    const { rows } = await target.query<{ rows: string }>(
      `select pg_catalog.count(*)::text as rows from only ${qualified(table.schema, table.name)}`,
    );
    counts.set(tableKey(table), Number(rows[0]?.rows));
  }
  return counts;
}

interface Checked {
  tables: ReadonlyMap<string, CheckedTable>;
  paths: PlannedPaths;
}

async function listChecked(source: pg.Client): Promise<Checked> {
  const tables = new Map((await listCheckedTables(source)).map((table) => [tableKey(table), table]));
  return { tables, paths: await readPlannedPaths(source) };
}

/** Functions of the target have a search_path of their own while a move is under way, and are in no plan. */
async function isEqual(
  { source, target }: CopyPair,
  table: CheckedTable,
  paths: PlannedPaths,
): Promise<boolean> {
  const sql = checksumQuery(table);
  const [there, here] = await Promise.all([
    withPlannedPath(source, paths, table, () => checksum(source, sql)),
    checksum(target, sql),
  ]);
  return there !== null && there === here;
}

/** Null when the server cannot compute it, e.g. because a row's text would be longer than 1 GB. */
async function checksum(client: pg.Client, sql: string): Promise<string | null> {
  await client.query("savepoint checksum").catch(ignoreOutside);
  try {
    const { rows } = await client.query<{ rows: string; checksum: string }>(sql);
    return `${rows[0]?.rows} ${rows[0]?.checksum}`;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    await client.query("rollback to savepoint checksum").catch(ignoreOutside);
    return null;
  }
}

/** The target's session is in no transaction: nothing has to be undone there. */
function ignoreOutside(error: unknown): void {
  if (sqlStateOf(error) !== "25P01") throw error;
}

/** Runs `work` over so many pairs at once; when one fails the others are ended before this throws. */
async function runPairs(
  count: number,
  options: PairOptions,
  work: (pair: CopyPair) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const run = async () => {
    const pair = await openPair({ ...options, signal });
    const end = () => void pair.terminate();
    signal.addEventListener("abort", end, { once: true });
    try {
      await work(pair);
    } finally {
      signal.removeEventListener("abort", end);
      await (signal.aborted ? pair.terminate() : pair.close());
    }
  };
  await Promise.all(
    Array.from({ length: count }, () => run().catch((error: unknown) => failed.abort(error))),
  );
  signal.throwIfAborted();
}
