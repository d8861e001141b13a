import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { advance, type LoadedMigration } from "@/lib/store/run";
import { inParallel } from "@/lib/util/in-parallel";
import { moveChoicesOf, openEndpoints, targetNameOf } from "./endpoints";
import { migrateDatabase } from "./migrate-database";
import { Reporter } from "./reporter";
import { RunAborted } from "./run-aborted";
import type { RunContext, StepResult } from "./run-context";

/**
 * A database larger than this keeps all jobs busy by itself, and two snapshots at once would only hold back vacuum on the
 * source for longer. Small ones spend their time on waiting: for the dump, for commits, for one last index.
 */
const SMALL_BYTES = 64 * 2 ** 20;
const SMALL_AT_ONCE = 3;
/** Of each of them, unless the user chose: together as many as a large one would take on a server of some cores. */
const SMALL_JOBS = 2;

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled"]);

/** MigratingData of an offline migration: moves every database that has not ended; one that fails does not hold up the others. */
export async function migrateDatabases(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const endpoints = await openEndpoints(migration);
  const ended = migration.databases.filter(({ state }) => ENDED.has(state ?? ""));
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
  context.limits.set(limitsOf(migration));
  context.wishes.set(migration.databases);
  try {
    const open = migration.databases.filter((database) => !ended.includes(database));
    for (const { databases, atOnce, jobs } of planBatches(migration, open)) {
      await inParallel(databases, atOnce, (database) =>
        migrateDatabase(
          { ...context, signal },
          { migration, database, endpoints, reporter, ...(jobs === undefined ? {} : { jobs }) },
        ),
      );
      signal.throwIfAborted();
    }
    await reporter.flush();
  } finally {
    await reporter[Symbol.asyncDispose]();
  }
  await advance(context.run, "complete");
  return "continue";
}

/** What the migration may take, as its row has it. */
export function limitsOf({ throttleBytesPerSecond, throttleConnections }: LoadedMigration) {
  return {
    bytesPerSecond: throttleBytesPerSecond === null ? null : Number(throttleBytesPerSecond),
    connections: throttleConnections,
  };
}

interface Batch {
  databases: MigrationDatabase[];
  atOnce: number;
  /** Jobs of each of them; the user's or the engine's choice when absent. */
  jobs?: number;
}

/**
 * Large databases one after another, in the order given; then the small ones, some at once, with the jobs of one among them.
 * A target that is replaced as a maintenance database would end the sessions the others hold there: then nothing runs beside it.
 */
export function planBatches(migration: LoadedMigration, open: readonly MigrationDatabase[]): Batch[] {
  const isSmall = ({ sizeBytes }: MigrationDatabase) => sizeBytes !== null && sizeBytes <= SMALL_BYTES;
  const chosen = moveChoicesOf(migration, "").jobs;
  const budget = Math.min(
    migration.throttleConnections ?? SMALL_AT_ONCE,
    chosen ?? SMALL_AT_ONCE,
    SMALL_AT_ONCE,
  );
  const alone = open.some((database) => ["postgres", "template1"].includes(targetNameOf(database)));
  const small = open.filter(isSmall);
  if (alone || budget < 2 || small.length < 2) return [{ databases: [...open], atOnce: 1 }];
  const large = open.filter((database) => !isSmall(database));
  const jobs = chosen === undefined ? SMALL_JOBS : Math.max(1, Math.floor(chosen / budget));
  return [
    { databases: large, atOnce: 1 },
    { databases: small, atOnce: budget, jobs },
  ];
}
