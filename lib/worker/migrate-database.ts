import type { FollowStart } from "@/lib/engine/cdc/follow-options";
import type { EngineEvent, ObjectFailure } from "@/lib/engine/events";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { openDatabase, readCounters, resetDatabase } from "@/lib/store/database-progress";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { fenced, type LoadedMigration } from "@/lib/store/run";
import { CodedError } from "@/lib/util/coded-error";
import { describeCode } from "@/lib/util/error-codes";
import { endCanceled } from "./cancel-database";
import { endFailed, endMoved } from "./database-ending";
import { maintenanceOf, moveChoicesOf, namesOf, type ServerEndpoints, targetNameOf } from "./endpoints";
import { lockTargetDatabase } from "./lock-target-database";
import { captureFor, guardOf } from "./online/capture-for";
import { dropCaptureOf } from "./online/drop-captures";
import { Patience } from "./patience";
import { prepareTarget } from "./prepare-target";
import type { Reporter } from "./reporter";
import { retryLimitMs } from "./retry-minutes";
import type { RunContext } from "./run-context";
import { isStoreError } from "./store-error";
import { StoredCheckpoint } from "./stored-checkpoint";
import { mayPass, waitForServers } from "./wait-for-servers";

export interface DatabaseTask {
  migration: LoadedMigration;
  database: MigrationDatabase;
  endpoints: ServerEndpoints;
  reporter: Reporter;
  /** Parallel copies when several databases move at once; the user's or the engine's choice when absent. */
  jobs?: number;
}

/** Another migration that writes the same database may take hours; only a lost one lets go soon. */
const BUSY_LIMIT_MS = 30_000;

/** Nothing tells when a disk has room again but another attempt, which writes all that did not fit. */
export const ROOM_PAUSES_MS = [5_000, 15_000];

/**
 * Moves one database and notes how it ended; goes on from what earlier runs finished. Of an online migration it returns what is
 * to be followed from then on; null when the database has ended. Failures that may pass (a server away, a connection lost) are
 * waited out. Never throws for what happens to the database; throws when the signal is aborted, the run is superseded or the
 * store is away.
 */
export async function migrateDatabase(context: RunContext, task: DatabaseTask): Promise<FollowStart | null> {
  const { run, signal, wishes } = context;
  const patience = new Patience(retryLimitMs());
  const busy = new Patience(BUSY_LIMIT_MS);
  const room = new Patience(retryLimitMs(), undefined, ROOM_PAUSES_MS);
  const checkpoint = new StoredCheckpoint(run, task.database.id, () => {
    patience.progress();
    room.progress();
  });
  for (;;) {
    signal.throwIfAborted();
    try {
      if (wishes.isCanceled(task.database.id)) {
        await endCanceled(context, task);
        return null;
      }
      const { failures, follow } = await move(context, task, checkpoint, patience);
      await task.reporter.flush();
      if (follow) return follow;
      const full = failures.find(({ code, severity }) => code === "DISK_FULL" && severity === "error");
      if (full && (await waitForRoom(context, task, full, room))) continue;
      await endMoved(run, task.database, failures);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      if (wishes.isCanceled(task.database.id)) continue;
      if (isStoreError(error)) throw error;
      // The next round may find what this one left behind.
      task.database.state = "InProgress";
      const coded = codeOf(error, task.database.name);
      await task.reporter.flush();
      if (coded.code === "CHECKPOINT_UNUSABLE") {
        await beginAnew(context, task, checkpoint, coded.message);
        continue;
      }
      const waited = coded.code === "TARGET_DATABASE_BUSY" ? busy : patience;
      if (mayPass(coded) && (await waitForServers(context, task, coded, waited))) continue;
      await endFailed(run, task.database, coded);
      await dropCaptureOf(context, task.endpoints, task.database);
      return null;
    }
  }
}

/** False when patience has ended. What has moved stays; only what did not fit is tried again. */
async function waitForRoom(
  context: RunContext,
  task: DatabaseTask,
  { message, sqlState }: ObjectFailure,
  room: Patience,
): Promise<boolean> {
  const { remedy } = describeCode("DISK_FULL");
  const error = new CodedError("DISK_FULL", message, { remedy, ...(sqlState ? { sqlState } : {}) });
  task.database.state = "InProgress";
  return await waitForServers(context, task, error, room);
}

interface Moved {
  failures: readonly ObjectFailure[];
  follow?: FollowStart;
}

async function move(
  context: RunContext,
  task: DatabaseTask,
  checkpoint: StoredCheckpoint,
  patience: Patience,
): Promise<Moved> {
  const { engine, limits, run, wishes } = context;
  const { migration, database, endpoints, reporter } = task;
  const targetName = targetNameOf(database);
  // Proves that the migration is still this worker's, before anything on the target is touched.
  await noteStart(context, task, await checkpoint.load());
  await using lock = await lockTargetDatabase({
    target: maintenanceOf(endpoints.target, targetName),
    name: targetName,
    migrationId: migration.id,
    signal: context.signal,
  });
  const moving = AbortSignal.any([context.signal, lock.lost, wishes.cancelSignal(database.id)]);
  await lock.endLostSessions();
  const known = await checkpoint.load();
  const { kept } = await prepareTarget({ ...context, signal: moving }, task, known !== null);
  if (!kept) await forget(context, task, checkpoint);
  moving.throwIfAborted();
  const captured = await captureFor({ ...context, signal: moving }, task, kept);
  if (kept && captured && known?.follow) return { failures: [], follow: known.follow };
  await using guard = guardOf(context, task, captured);
  const signal = guard ? AbortSignal.any([moving, guard.exceeded]) : moving;
  using share = limits.join();
  const before = kept ? await readCounters(store(), database.id) : null;
  const report = reporter.reportOf(database.id, database.name, before);
  const { jobs } = task;
  const moved = await engine.moveDatabase({
    ...moveChoicesOf(migration, database.name),
    ...(jobs === undefined ? {} : { jobs }),
    ...(captured ? { capture: captured } : {}),
    source: { ...endpoints.source, database: database.name },
    target: { ...endpoints.target, database: targetName },
    checkpoint,
    limits: share.limits,
    report: (event) => {
      watch(event, patience);
      report(event);
    },
    signal,
  });
  // Whatever was finished under a lock that was lost meanwhile might be another worker's.
  await fenced(run, async () => undefined);
  if (captured && !moved.follow) throw new CodedError("INTERNAL", "The move left nothing to follow.");
  return moved;
}

/** Tells patience what the events mean. */
function watch(event: EngineEvent, patience: Patience): void {
  if (event.type === "index-completed" && !event.kept) patience.progress();
  if (event.type === "table-progress" || event.type === "table-completed") patience.alive();
}

async function noteStart(
  { run }: RunContext,
  { database }: DatabaseTask,
  known: Awaited<ReturnType<StoredCheckpoint["load"]>>,
): Promise<void> {
  const again = database.state !== null;
  const event: NewEvent = {
    level: again ? "warning" : "info",
    kind: "database-started",
    database: database.name,
    message: startMessage(database, again, known?.parts ?? null),
    ...(known ? { data: { keptParts: known.parts.length } } : {}),
  };
  await fenced(run, async (db) => {
    // What went wrong while the rows were copied, or since, still holds for a database that is followed.
    if (!known?.follow) await openDatabase(db, database.id, database.startedAt ?? new Date());
    await appendEvents(db, run.migrationId, [event]);
  });
  database.startedAt ??= new Date();
}

function startMessage(
  database: MigrationDatabase,
  again: boolean,
  parts: readonly { schema: string; name: string; rows: number }[] | null,
): string {
  if (parts) {
    const tables = new Set(parts.map(({ schema, name }) => JSON.stringify([schema, name]))).size;
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    return `Going on. Rows of ${tables} ${tables === 1 ? "table" : "tables"} (${rows} rows) are on the target already.`;
  }
  if (again) return "Begun anew: the earlier attempt had not finished anything that could be kept.";
  return targetNameOf(database) === database.name ? "Started." : `Started: ${namesOf(database)}.`;
}

/** Nothing of an earlier run is on the target any more. */
async function forget(
  { run }: RunContext,
  { database }: DatabaseTask,
  checkpoint: StoredCheckpoint,
): Promise<void> {
  await checkpoint.clear();
  await fenced(run, (db) => resetDatabase(db, database.id));
}

/** What is on the target cannot be gone on with: the next round drops it, which is this migration's own, and fills it anew. */
async function beginAnew(
  { run, log }: RunContext,
  { database }: DatabaseTask,
  checkpoint: StoredCheckpoint,
  reason: string,
): Promise<void> {
  log.warn({ database: database.name, reason }, "checkpoint unusable");
  await checkpoint.clear();
  await fenced(run, (db) =>
    appendEvents(db, run.migrationId, [
      {
        level: "warning",
        kind: "note",
        database: database.name,
        message: `What was copied before cannot be used: ${reason}`,
        data: { code: "CHECKPOINT_UNUSABLE" },
      },
    ]),
  );
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
