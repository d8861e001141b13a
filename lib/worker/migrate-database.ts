import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectFailure } from "@/lib/engine/events";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { toCodedError } from "@/lib/postgres/errors";
import { endDatabase, resetDatabase } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { appendProblems } from "@/lib/store/problems";
import { fenced, type LoadedMigration, StaleRunError } from "@/lib/store/run";
import { stopLoading } from "@/lib/store/table-progress";
import { CodedError } from "@/lib/util/coded-error";
import { describeCode } from "@/lib/util/error-codes";
import { jobsOf, maintenanceOf, type ServerEndpoints } from "./endpoints";
import { lockTargetDatabase } from "./lock-target-database";
import { prepareTarget } from "./prepare-target";
import type { Reporter } from "./reporter";
import type { RunContext } from "./run-context";

export interface DatabaseTask {
  migration: LoadedMigration;
  database: MigrationDatabase;
  endpoints: ServerEndpoints;
  reporter: Reporter;
}

/** Pauses before a database is begun anew after a failure that may pass (connection lost, server restarting). */
const RETRY_PAUSES_MS = [2_000, 10_000];

/**
 * Moves one database and notes how it ended. Never throws for what happens to the database; throws when the signal is aborted,
 * the run is superseded or the store is away.
 */
export async function migrateDatabase(context: RunContext, task: DatabaseTask): Promise<void> {
  const { signal } = context;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      await begin(context, task, attempt);
      const failures = await move(context, task);
      await task.reporter.flush();
      await end(context, task, failures);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isStoreError(error)) throw error;
      const coded = codeOf(error, task.database.name);
      const pause = RETRY_PAUSES_MS[attempt];
      if (!coded.transient || pause === undefined) {
        await task.reporter.flush();
        await fail(context, task, coded);
        return;
      }
      context.log.warn({ err: coded, database: task.database.name }, "database begun anew");
      await sleep(pause, undefined, { signal });
    }
  }
}

async function begin({ run }: RunContext, { database }: DatabaseTask, attempt: number): Promise<void> {
  await fenced(run, async (db) => {
    await resetDatabase(db, database.id, database.startedAt ?? new Date());
    const again = attempt > 0 || database.state === "InProgress";
    await appendEvents(db, run.migrationId, [
      {
        level: again ? "warning" : "info",
        kind: "database-started",
        database: database.name,
        message: again ? "Begun anew: the earlier attempt had not ended." : "Started.",
      },
    ]);
  });
}

async function move(context: RunContext, task: DatabaseTask): Promise<readonly ObjectFailure[]> {
  const { engine, signal } = context;
  const { migration, database, endpoints, reporter } = task;
  await using _lock = await lockTargetDatabase({
    target: maintenanceOf(endpoints.target, database.name),
    name: database.name,
    migrationId: migration.id,
    signal,
  });
  await prepareTarget(context, task);
  signal.throwIfAborted();
  const jobs = jobsOf(migration);
  const { failures } = await engine.moveDatabase({
    source: { ...endpoints.source, database: database.name },
    target: { ...endpoints.target, database: database.name },
    ...(jobs === undefined ? {} : { jobs }),
    report: reporter.reportOf(database.id, database.name),
    signal,
  });
  return failures;
}

async function end(
  { run }: RunContext,
  { database }: DatabaseTask,
  failures: readonly ObjectFailure[],
): Promise<void> {
  const errors = failures.filter((failure) => failure.severity === "error");
  const codes = [...new Set(errors.map((failure) => failure.code))].join(", ");
  const text = `${errors.length} ${errors.length === 1 ? "object" : "objects"} failed (${codes}); the rest was migrated.`;
  await fenced(run, async (db) => {
    if (errors.length === 0) {
      await endDatabase(db, database.id, "Succeeded", null);
      await appendEvents(db, run.migrationId, [
        { level: "info", kind: "database-succeeded", database: database.name, message: "Succeeded." },
      ]);
      return;
    }
    await endDatabase(db, database.id, "Failed", text);
    await appendEvents(db, run.migrationId, [
      { level: "error", kind: "database-failed", database: database.name, message: text },
    ]);
  });
}

async function fail({ run }: RunContext, { database }: DatabaseTask, error: CodedError): Promise<void> {
  await fenced(run, async (db) => {
    await stopLoading(db, [database.id]);
    await db.migrationDatabase.update({ where: { id: database.id }, data: { tablesLoading: 0 } });
    await appendProblems(db, database.id, [
      {
        severity: "error",
        kind: "database",
        object: database.name,
        code: error.code,
        sqlState: error.sqlState,
        message: error.message,
        remedy: error.remedy,
        statement: null,
      },
    ]);
    await endDatabase(db, database.id, "Failed", `${error.code}: ${error.message}`);
    await appendEvents(db, run.migrationId, [
      {
        level: "error",
        kind: "database-failed",
        database: database.name,
        message: error.message,
        data: { code: error.code, sqlState: error.sqlState },
      },
    ]);
  });
}

/** A database that is missing now was there when it was chosen. */
function codeOf(error: unknown, database: string): CodedError {
  const coded = toCodedError(error, "INTERNAL", database);
  if (coded.code !== "DATABASE_MISSING") return coded;
  return new CodedError("DATABASE_VANISHED", coded.message, {
    cause: error,
    subject: database,
    remedy: describeCode("DATABASE_VANISHED").remedy,
  });
}

/** True for errors of the store, which say nothing about the migration: the run ends and is taken up again. */
export function isStoreError(error: unknown): boolean {
  return error instanceof StaleRunError || (error instanceof Error && error.name.startsWith("PrismaClient"));
}
