import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isTransient } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";
import type { ObjectFailure } from "../events";
import { MissingObjects } from "../schema/missing-objects";
import { runStatements } from "../schema/run-statements";
import type { SchemaStatement } from "../schema/statement";
import type { BuildContext } from "./build-table-indexes";

const RETRY_PAUSES_MS = [500, 3_000];

/** duplicate_table, duplicate_object, invalid_table_definition ("multiple primary keys"): it is there already. */
const ALREADY_THERE: ReadonlySet<string | null> = new Set(["42P07", "42710", "42P16"]);

/**
 * Runs one statement that builds something, in a session of the pool. When the session is lost the statement is tried in
 * another one; that it finds its object built then means that the lost session had committed. Returns what the target
 * refused; throws when the target cannot be reached any more, and the signal's reason when aborted. `tableBytes`, the size of
 * the table that an index is built on, decides on its memory and its turn:
 * the longest builds begin first, so that none is left alone at the end.
 */
export async function runStep(
  context: BuildContext,
  statement: SchemaStatement,
  tableBytes = 0,
): Promise<ObjectFailure[]> {
  const { memory, missing, roles, signal } = context;
  const statements = [statement];
  const run = async (client: pg.Client, attempt: number, mib: number) => {
    await choosePowers(client, { parallel: context.pool.isDraining && !context.isCopying(), mib });
    // What a repetition finds in its way must not count as missing.
    const known = attempt === 0 ? missing : new MissingObjects();
    const failures = await runStatements({ client, statements, missing: known, roles, signal });
    return attempt > 0 && failures.every((failure) => isThereAlready(failure.sqlState)) ? [] : failures;
  };
  return await inSession(
    context,
    (client, attempt) => memory.with(tableBytes, (mib) => run(client, attempt, mib)),
    tableBytes,
  );
}

/** True of errors by which a repetition finds that the try before it had been committed. */
export function isThereAlready(sqlState: string | null): boolean {
  return ALREADY_THERE.has(sqlState);
}

/**
 * Runs `work` in a session of the pool, before all that weighs less, and again in another one when that is lost; `attempt`
 * counts from 0. Throws what `work` throws when repeating cannot help, and the signal's reason when aborted.
 */
export async function inSession<T>(
  { pool, signal }: Pick<BuildContext, "pool" | "signal">,
  work: (client: pg.Client, attempt: number) => Promise<T>,
  weight = 0,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await pool.run((client) => work(client, attempt), weight);
    } catch (error) {
      signal.throwIfAborted();
      const pause = RETRY_PAUSES_MS[attempt];
      if (!isTransient(error) || pause === undefined) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}

interface Powers {
  /** While rows are copied or other builds wait, none takes workers of its own; the last ones may use what is left idle. */
  parallel: boolean;
  /** maintenance_work_mem. */
  mib: number;
}

const POWERS = new WeakMap<pg.Client, Powers>();

async function choosePowers(client: pg.Client, { parallel, mib }: Powers): Promise<void> {
  const now = POWERS.get(client);
  if (now?.parallel === parallel && now.mib === mib) return;
  await client.query(`
    ${parallel ? "reset max_parallel_maintenance_workers" : "set max_parallel_maintenance_workers = 0"};
    set maintenance_work_mem = ${literal(`${mib}MB`)}`);
  POWERS.set(client, { parallel, mib });
}
