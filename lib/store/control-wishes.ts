/** What a user asks of how a migration runs: to pause, to go on, to be slower or faster, to be tried again. */
import { type Migration, Prisma } from "@/lib/generated/prisma/client";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import type { ThrottleOptions } from "@/lib/migrations/contract";
import { transition } from "@/lib/migrations/state-table";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { StoreClient } from "./client";
import { appendEvents } from "./events";
import { enqueueMigration } from "./job-queue";
import { writeSecret } from "./secrets";
import { cancelOpenVerifications } from "./verifications/end-verification";
import { change, demand, notAllowed, statusOf, type Wish } from "./wish";

/**
 * Asks for a pause: the worker ends all sessions on both servers and keeps what is finished. Repeating it changes nothing.
 * Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestPause(wish: Wish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    if (migration.pauseRequestedAt !== null && !isTerminal(statusOf(migration).state)) return migration;
    demand(migration, allowedActions(statusOf(migration)).pause, "pause");
    const cutting = await db.migrationDatabase.count({
      where: { migrationId: migration.id, cutoverRequestedAt: { not: null }, state: { notIn: ENDED } },
    });
    demand(migration, cutting === 0, "pause during a cutover");
    await appendEvents(db, migration.id, [
      { level: "info", kind: "wish-received", message: `A pause was requested by ${wish.actor}.` },
    ]);
    return await db.migration.update({
      where: { id: migration.id },
      data: { pauseRequestedAt: new Date(), pausedAt: null, version: { increment: 1 } },
    });
  });
}

/** Ends a pause. One that is not paused goes on as it does. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED. */
export function requestResume(wish: Wish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const status = statusOf(migration);
    if (migration.pauseRequestedAt === null && !isTerminal(status.state)) return migration;
    demand(migration, allowedActions(status).resume, "resume");
    await appendEvents(db, migration.id, [
      { level: "info", kind: "resumed", message: `Resumed by ${wish.actor}.` },
    ]);
    // Also when a worker is still pausing: it leaves, and this job is the next stint.
    await enqueueMigration(db, migration.id);
    return await db.migration.update({
      where: { id: migration.id },
      data: { pauseRequestedAt: null, pausedAt: null, version: { increment: 1 } },
    });
  });
}

/** Megabytes (10^6 bytes) a second as the store counts them; null is no limit. */
export function bytesPerSecondOf(megabytesPerSecond: number | null): bigint | null {
  return megabytesPerSecond === null ? null : BigInt(Math.round(megabytesPerSecond * 1e6));
}

/**
 * Sets limits, which hold within a second; what is absent stays as it is, null takes a limit away. Throws CodedError
 * MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function setThrottle(wish: Wish & { throttle: ThrottleOptions }): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const { megabytesPerSecond, connections } = wish.throttle;
    const limits = {
      throttleBytesPerSecond:
        megabytesPerSecond === undefined
          ? migration.throttleBytesPerSecond
          : bytesPerSecondOf(megabytesPerSecond),
      throttleConnections: connections === undefined ? migration.throttleConnections : connections,
    };
    const same =
      limits.throttleBytesPerSecond === migration.throttleBytesPerSecond &&
      limits.throttleConnections === migration.throttleConnections;
    if (same) return migration;
    demand(migration, allowedActions(statusOf(migration)).throttle, "change the limits");
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "wish-received",
        message: `Limits were set by ${wish.actor}: ${describeLimits(limits)}.`,
      },
    ]);
    return await db.migration.update({
      where: { id: migration.id },
      data: { ...limits, version: { increment: 1 } },
    });
  });
}

function describeLimits(limits: {
  throttleBytesPerSecond: bigint | null;
  throttleConnections: number | null;
}): string {
  const { throttleBytesPerSecond: bytes, throttleConnections: pairs } = limits;
  const parts = [
    ...(bytes === null ? [] : [`${Number(bytes) / 1e6} MB/s`]),
    ...(pairs === null ? [] : [`${pairs} ${pairs === 1 ? "connection" : "connections"} on each side`]),
  ];
  return parts.length === 0 ? "none" : parts.join(", ");
}

export interface RetryWish extends Wish {
  /** "Failed": failed databases go on from what is finished of them. "Everything": all of them begin anew. */
  scope: "Failed" | "Everything";
  source: string;
  target: string;
}

/**
 * Has an unsuccessful migration tried again under its name; the passwords were deleted when it ended and are given anew.
 * Only the first of several requests has an effect. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestRetry(wish: RetryWish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const actions = allowedActions(statusOf(migration));
    const everything = wish.scope === "Everything";
    const action = everything ? "restart" : "retry what failed";
    demand(migration, everything ? actions.restart : actions.retryFailed, action);
    const next = transition(statusOf(migration), "retry");
    if (typeof next !== "object") throw notAllowed(migration, action);
    await cancelOpenVerifications(db, migration.id);
    await writeSecret(db, migration.id, "source", wish.source);
    await writeSecret(db, migration.id, "target", wish.target);
    if (everything) await forgetEverything(db, migration.id);
    else await reopenFailed(db, migration.id);
    const attempt = migration.attempt + 1;
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "retry-requested",
        message: everything
          ? `Restarted by ${wish.actor}, attempt ${attempt}: every database begins anew.`
          : `Retry of what failed requested by ${wish.actor}, attempt ${attempt}.`,
        data: { attempt, scope: wish.scope },
      },
    ]);
    await enqueueMigration(db, migration.id);
    return await db.migration.update({
      where: { id: migration.id },
      data: {
        ...next,
        ...FRESH,
        ...(everything ? { validation: Prisma.DbNull, phases: [] } : {}),
        lastActiveSubstate: next.substate,
        attempt,
        // A worker of the earlier attempt that is still on its way out cannot write any more.
        runEpoch: { increment: 1 },
        version: { increment: 1 },
      },
    });
  });
}

/** What an ending or an earlier wish left on the row. */
const FRESH = {
  error: null,
  errorCode: null,
  startedAt: null,
  endedAt: null,
  workerName: null,
  cancelRequestedAt: null,
  cancelReason: null,
  dropTargetsOnCancel: false,
  cutoverRequestedAt: null,
  pauseRequestedAt: null,
  pausedAt: null,
} as const satisfies Prisma.MigrationUpdateInput;

const ENDED = ["Succeeded", "Failed", "Canceled"];

/** Wishes and results of an earlier attempt. */
const UNASKED = {
  caughtUpAt: null,
  cutoverRequestedAt: null,
  rehearsalRequestedAt: null,
  rehearsal: Prisma.DbNull,
  cutover: Prisma.DbNull,
  stoppedTables: [],
  cancelRequestedAt: null,
  dropTargetOnCancel: false,
} satisfies Prisma.MigrationDatabaseUpdateManyMutationInput;

/** Failed databases are open again; their checkpoints stay, and so does what succeeded. */
async function reopenFailed(db: StoreClient, migrationId: string): Promise<void> {
  const failed = { migrationId, state: { not: "Succeeded" } };
  await db.migrationProblem.deleteMany({ where: { database: failed } });
  await db.migrationDatabase.updateMany({
    where: failed,
    data: {
      state: "InProgress",
      phase: "queued",
      message: null,
      endedAt: null,
      tablesLoading: 0,
      ...UNASKED,
    },
  });
}

/** Nothing is known of any database any more but that this migration created it on the target, so that it may drop it. */
async function forgetEverything(db: StoreClient, migrationId: string): Promise<void> {
  const own = { database: { migrationId } };
  await db.migrationCheckpoint.deleteMany({ where: own });
  await db.migrationPart.deleteMany({ where: own });
  await db.migrationProblem.deleteMany({ where: own });
  await db.migrationTable.deleteMany({ where: own });
  await db.migrationSample.deleteMany({ where: { migrationId } });
  await db.migrationFollowSample.deleteMany({ where: { migrationId } });
  await db.migrationDatabase.updateMany({
    where: { migrationId },
    data: {
      state: null,
      phase: "queued",
      // The name of a capture that is left stays: it is removed before another one is made.
      outputPlugin: null,
      followFigures: Prisma.DbNull,
      ...UNASKED,
      message: null,
      startedAt: null,
      endedAt: null,
      bytesEstimated: 0,
      bytesCopied: 0,
      rowsCopied: 0,
      tablesQueued: 0,
      tablesLoading: 0,
      tablesCompleted: 0,
      tablesErrored: 0,
      indexesTotal: 0,
      indexesDone: 0,
    },
  });
}
