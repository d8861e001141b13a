import { advance, type LoadedMigration } from "@/lib/store/run";
import { inParallel } from "@/lib/util/in-parallel";
import { openEndpoints } from "./endpoints";
import { migrateDatabase } from "./migrate-database";
import { Reporter } from "./reporter";
import { RunAborted } from "./run-aborted";
import type { RunContext, StepResult } from "./run-context";

/**
 * One at a time: a database alone keeps all jobs busy until its last tables, and two snapshots at once hold back vacuum on the
 * source for longer.
 */
const DATABASES_AT_ONCE = 1;

/** MigratingData: moves every database that has not ended; one that fails does not hold up the others. */
export async function migrateDatabases(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const endpoints = await openEndpoints(migration);
  const ended = migration.databases.filter(({ state }) => state === "Succeeded" || state === "Failed");
  const superseded = new AbortController();
  const signal = AbortSignal.any([context.signal, superseded.signal]);
  const reporter = new Reporter({
    run: context.run,
    base: {
      bytesCopied: ended.reduce((sum, { bytesCopied }) => sum + Number(bytesCopied), 0),
      rowsCopied: ended.reduce((sum, { rowsCopied }) => sum + Number(rowsCopied), 0),
    },
    onStale: () => superseded.abort(new RunAborted("superseded")),
  });
  try {
    const open = migration.databases.filter((database) => !ended.includes(database));
    await inParallel(open, DATABASES_AT_ONCE, (database) =>
      migrateDatabase({ ...context, signal }, { migration, database, endpoints, reporter }),
    );
    signal.throwIfAborted();
    await reporter.flush();
  } finally {
    await reporter[Symbol.asyncDispose]();
  }
  await advance(context.run, "complete");
  return "continue";
}
