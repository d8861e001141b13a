import { setTimeout as sleep } from "node:timers/promises";
import type { Migration, MigrationDatabase, Server } from "@/lib/generated/prisma/client";
import { type PhaseChange, parsePhases } from "@/lib/migrations/phases";
import { type MigrationEventName, type MigrationStatus, transition } from "@/lib/migrations/state-table";
import { migrationStatus, substateLabel } from "@/lib/migrations/status";
import { isTerminal, type MigrationState, type MigrationSubstate } from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { type StoreClient, store } from "./client";
import { appendEvents, type NewEvent, storable } from "./events";
import { enqueueMigration } from "./job-queue";
import { countCaptures } from "./online/captures";
import { writePhases } from "./phases";
import { deleteSecrets } from "./secrets";
import { stopLoadingOf } from "./table-progress";
import { endVerificationWithMigration } from "./verifications/end-verification";

/** One worker's stint on a migration; every write of it is conditional on the epoch. */
export interface Run {
  migrationId: string;
  epoch: number;
}

/** The migration as a worker needs it. */
export type LoadedMigration = Migration & { server: Server; databases: MigrationDatabase[] };

/** Thrown by a write of a worker that no longer owns the migration; it stops without touching anything more. */
export class StaleRunError extends Error {
  constructor(run: Run) {
    super(`Run ${run.epoch} of migration ${run.migrationId} has been superseded.`);
    this.name = "StaleRunError";
  }
}

/** Begins a stint: increments the epoch, so that writes of an earlier one no longer count. null when the migration has ended. */
export async function claimMigration(migrationId: string, workerName: string): Promise<Run | null> {
  const rows = await store().$queryRaw<{ epoch: number }[]>`
    update migration
    set run_epoch = run_epoch + 1, worker_name = ${workerName}, started_at = coalesce(started_at, now()), version = version + 1
    where id = ${migrationId}::uuid and substate <> 'Completed'
    returning run_epoch as epoch`;
  const [row] = rows;
  return row ? { migrationId, epoch: row.epoch } : null;
}

/** Reads the migration of a run. Throws StaleRunError when another run has begun or it was removed. */
export async function loadMigration(run: Run): Promise<LoadedMigration> {
  const migration = await store().migration.findFirst({
    where: { id: run.migrationId, runEpoch: run.epoch },
    include: { server: true, databases: { orderBy: { position: "asc" } } },
  });
  if (!migration) throw new StaleRunError(run);
  return migration;
}

/** What a user asked of a running migration. */
export interface Wishes {
  cancel: boolean;
  dropTargets: boolean;
  cutover: boolean;
  pause: boolean;
  /** Bytes of table data a second; null is no limit. */
  bytesPerSecond: number | null;
  /** Pairs of connections; null is no limit. */
  connections: number | null;
  databases: DatabaseWishes[];
  /** The migration's options as they are now: those of how changes are followed may be changed. */
  options: unknown;
}

/** What a user asked of one database. */
export interface DatabaseWishes {
  id: string;
  cutoverRequestedAt: Date | null;
  rehearsalRequestedAt: Date | null;
  cancelRequestedAt: Date | null;
}

/** Reads the wishes; throws StaleRunError when the run is superseded, so that asking also proves ownership. */
export async function readWishes(run: Run): Promise<Wishes> {
  const row = await store().migration.findFirst({
    where: { id: run.migrationId, runEpoch: run.epoch },
    select: {
      cancelRequestedAt: true,
      dropTargetsOnCancel: true,
      cutoverRequestedAt: true,
      pauseRequestedAt: true,
      throttleBytesPerSecond: true,
      throttleConnections: true,
      options: true,
      databases: {
        select: { id: true, cutoverRequestedAt: true, rehearsalRequestedAt: true, cancelRequestedAt: true },
      },
    },
  });
  if (!row) throw new StaleRunError(run);
  return {
    cancel: row.cancelRequestedAt !== null,
    dropTargets: row.dropTargetsOnCancel,
    cutover: row.cutoverRequestedAt !== null,
    pause: row.pauseRequestedAt !== null,
    bytesPerSecond: row.throttleBytesPerSecond === null ? null : Number(row.throttleBytesPerSecond),
    connections: row.throttleConnections,
    databases: row.databases,
    options: row.options,
  };
}

/** As long as a worker without an answer may still believe that it owns the migration. */
const STORE_PATIENCE_MS = 8_000;
const STORE_PAUSE_MS = 500;

/**
 * Runs `write` in one transaction that holds the migration's row. A store that cannot be reached is tried again for 8 s, which
 * covers its restart; one that breaks off in the middle only when the write is `repeatable`, since it may have been committed.
 * Throws StaleRunError when the run is superseded.
 */
export async function fenced<T>(
  run: Run,
  write: (db: StoreClient) => Promise<T>,
  { repeatable = false }: { repeatable?: boolean } = {},
): Promise<T> {
  const until = performance.now() + STORE_PATIENCE_MS;
  for (;;) {
    let held = false;
    try {
      return await store().$transaction(
        async (db) => {
          const rows = await db.$executeRaw`
            update migration set version = version + 1
            where id = ${run.migrationId}::uuid and run_epoch = ${run.epoch}`;
          if (rows === 0) throw new StaleRunError(run);
          held = true;
          return await write(db);
        },
        // A planned list of 100,000 tables is one statement, but not always a fast one.
        { timeout: 60_000, maxWait: 10_000 },
      );
    } catch (error) {
      // Once the row was held the write may have been committed: what happened then is for the caller to decide.
      if ((held && !repeatable) || error instanceof StaleRunError || performance.now() > until) throw error;
      await sleep(STORE_PAUSE_MS);
    }
  }
}

export interface Advance {
  error?: { code: ErrorCode; message: string };
  /** Said in the activity log besides the change itself. */
  events?: readonly NewEvent[];
}

/**
 * Moves the migration through the state table; an ending also forgets the passwords and closes the times. Returns the new status.
 * Throws CodedError INTERNAL when the table rejects the event, StaleRunError when the run is superseded.
 */
export function advance(
  run: Run,
  event: MigrationEventName,
  details: Advance = {},
): Promise<MigrationStatus> {
  return fenced(run, async (db) => {
    const row = await db.migration.findUniqueOrThrow({ where: { id: run.migrationId } });
    const before: MigrationStatus = {
      state: row.state as MigrationState,
      substate: row.substate as MigrationSubstate,
    };
    const after = transition(before, event);
    if (after === "ignore") return before;
    if (after === "reject") {
      throw new CodedError("INTERNAL", `"${event}" cannot happen in ${before.state}/${before.substate}.`);
    }
    const ended = isTerminal(after.state);
    await db.migration.update({
      where: { id: run.migrationId },
      data: {
        ...after,
        ...(ended ? { endedAt: new Date() } : { lastActiveSubstate: after.substate }),
        // Only the move itself, and the following after it, can be paused: a wish that came too late is void.
        ...(canPause(after.substate) ? {} : { pauseRequestedAt: null, pausedAt: null }),
        ...(details.error ? { error: storable(details.error.message), errorCode: details.error.code } : {}),
      },
    });
    await writePhases(db, run.migrationId, phaseChanges(row, after));
    if (ended) {
      // What is left on a source cannot be removed without them.
      if ((await countCaptures(db, run.migrationId)) === 0) await deleteSecrets(db, run.migrationId);
      await endVerificationWithMigration(db, run.migrationId, after.state === "Canceled");
    }
    await appendEvents(db, run.migrationId, [...(details.events ?? []), changeEvent(after, details)]);
    return after;
  });
}

/** Substates in which a pause holds. */
export function canPause(substate: string): boolean {
  return substate === "MigratingData" || substate === "WaitingForCutoverTrigger";
}

/** Phases that begin and end with a substate; those of the engine are the reporter's. An ending ends whatever is open. */
function phaseChanges(row: Migration, after: MigrationStatus): PhaseChange[] {
  const at = new Date().toISOString();
  const changes: PhaseChange[] = [];
  if (row.substate === "PerformingPreRequisiteSteps") {
    const started = (row.startedAt ?? row.createdAt).toISOString();
    changes.push({ phase: "prerequisites", change: "started", at: started });
    changes.push({ phase: "prerequisites", change: "ended", at });
  }
  if (row.substate === "ValidationInProgress") changes.push({ phase: "validation", change: "ended", at });
  if (after.substate === "ValidationInProgress") changes.push({ phase: "validation", change: "started", at });
  if (isTerminal(after.state)) {
    changes.push(...openPhasesEnd(row));
  }
  return changes;
}

function changeEvent(after: MigrationStatus, details: Advance): NewEvent {
  const failed = after.state === "Failed" || after.state === "ValidationFailed";
  const level = failed ? "error" : "info";
  const reason = details.error ? ` ${details.error.message}` : "";
  if (isTerminal(after.state)) {
    return {
      level,
      kind: "ended",
      message: `Ended: ${migrationStatus(after.state).label}.${reason}`,
      data: code(details),
    };
  }
  return {
    level,
    kind: "state-changed",
    message: `${substateLabel(after.substate)}.${reason}`,
    data: code(details),
  };
}

function code(details: Advance): Record<string, unknown> {
  return details.error ? { code: details.error.code } : {};
}

/**
 * Ends a stint because the user asked for a pause: notes that nothing runs any more. "canceled" when a cancel came in between,
 * which goes before; "resumed" when the pause was taken back: a job for the next stint waits.
 */
export function notePaused(run: Run): Promise<"paused" | "canceled" | "resumed"> {
  return fenced(run, async (db) => {
    const row = await db.migration.findUniqueOrThrow({ where: { id: run.migrationId } });
    if (row.cancelRequestedAt !== null) return "canceled";
    if (row.pauseRequestedAt === null) {
      await enqueueMigration(db, run.migrationId);
      return "resumed";
    }
    if (row.pausedAt !== null) return "paused";
    await stopLoadingOf(db, run.migrationId);
    await writePhases(db, run.migrationId, openPhasesEnd(row));
    const captured = await countCaptures(db, run.migrationId);
    await db.migration.update({ where: { id: run.migrationId }, data: { pausedAt: new Date() } });
    await appendEvents(db, run.migrationId, [
      {
        level: "info",
        kind: "paused",
        message: `Paused. No connection is open on either server; what is finished is kept.${
          captured > 0
            ? " The source keeps its WAL for the migration meanwhile: watch the space on its disk."
            : ""
        }`,
      },
    ]);
    return "paused";
  });
}

function openPhasesEnd(row: Migration): PhaseChange[] {
  const at = new Date().toISOString();
  return parsePhases(row.phases).flatMap(({ phase, endedAt }) =>
    endedAt === null ? [{ phase, change: "ended" as const, at }] : [],
  );
}
