import { setTimeout as sleep } from "node:timers/promises";
import { toCodedError } from "@/lib/postgres/errors";
import { appendEvents } from "@/lib/store/events";
import { enqueueMigration } from "@/lib/store/job-queue";
import {
  type Advance,
  advance,
  claimMigration,
  fenced,
  loadMigration,
  notePaused,
  type Run,
} from "@/lib/store/run";
import { noteTakeOver } from "@/lib/store/take-overs";
import { logger } from "@/lib/util/log";
import { restoreTarget } from "./azure/restore-target";
import { driveMigration } from "./drive-migration";
import type { Engine } from "./engine";
import { dropCapturesOf } from "./online/drop-captures";
import { type AbortReason, abortReason, RunAborted } from "./run-aborted";
import type { RunContext } from "./run-context";
import { RunLimits } from "./run-limits";
import { RunWishes } from "./run-wishes";
import { isStoreError, isSuperseded } from "./store-error";
import { watchRun } from "./watch-run";
import type { WishHints } from "./wish-hints";

/** A migration that ends this many workers in a row, none of which finished anything, is not given to another one. */
const MAX_TAKE_OVERS = 10;

/** Keeps a run that fails at once from being taken up again without a pause. */
const RETRY_PAUSE_MS = 1_000;

export interface RunOptions {
  migrationId: string;
  workerName: string;
  /** How often a worker lost this job before; 0 for a first attempt. */
  takeOvers: number;
  engine: Engine;
  hints: WishHints;
  /** Aborted when the worker shuts down, the stint is over or the queue gave the job to another worker. */
  signal: AbortSignal;
}

/**
 * Owns one migration until it ends, waits for someone, or must be handed over. Rejects only when the store is away: the queue
 * then gives the job out again.
 */
export async function runMigration(options: RunOptions): Promise<void> {
  const { migrationId, workerName, takeOvers } = options;
  const log = logger("worker").child({ migrationId, worker: workerName });
  const run = await claimMigration(migrationId, workerName);
  if (!run) return;
  log.info({ epoch: run.epoch, takeOvers }, "migration taken");
  const lost = takeOvers > 0 ? await fenced(run, (db) => noteTakeOver(db, migrationId, workerName)) : 0;

  const limits = new RunLimits();
  const work = new AbortController();
  const ownership = new AbortController();
  const watching = new AbortController();
  const owned = AbortSignal.any([ownership.signal, options.signal]);
  const wishes = new RunWishes();
  const watched = { run, hints: options.hints, limits, wishes, work, ownership };
  const watch = watchRun({ ...watched, signal: watching.signal });
  const context: RunContext = {
    run,
    engine: options.engine,
    hints: options.hints,
    limits,
    wishes,
    log,
    signal: AbortSignal.any([work.signal, owned]),
  };
  try {
    if (lost >= MAX_TAKE_OVERS) await giveUp(run);
    else await driveToEnd(context, owned);
  } catch (error) {
    await leave(context, error, abortReason(owned));
  } finally {
    watching.abort();
    await watch;
    // Nothing runs any more; signals combined with this one are let go by it.
    ownership.abort(new RunAborted("released"));
  }
}

/**
 * Drives; after a cancel drives on without the work's signal, so that the clean-up itself is not aborted by it. After a pause
 * it leaves, unless a cancel came meanwhile.
 */
async function driveToEnd(context: RunContext, owned: AbortSignal): Promise<void> {
  try {
    await driveMigration(context);
  } catch (error) {
    const reason = abortReason(context.signal);
    if (owned.aborted || (reason !== "canceled" && reason !== "paused")) throw error;
    if (reason === "paused" && (await notePaused(context.run)) !== "canceled") return;
    await driveMigration({ ...context, signal: owned });
  }
}

/** The run cannot go on here: hands over, keeps silent, or ends the migration as failed. */
async function leave(context: RunContext, error: unknown, reason: AbortReason | null): Promise<void> {
  const { run, log } = context;
  if (reason === "released") {
    await release(run);
    log.info("migration released");
    return;
  }
  if (reason !== null || isStoreError(error)) {
    log.warn({ err: error, reason }, "run ended without a result");
    if (reason === "superseded" || isSuperseded(error)) return;
    await sleep(RETRY_PAUSE_MS);
    throw error;
  }
  const { code, message } = toCodedError(error, "INTERNAL");
  log.error({ err: error, code }, "migration failed");
  await tidyBeforeEnd(context);
  await endWith(run, { code, message });
}

/** What an ending that nobody planned may leave on both servers; what cannot be done now is tried again after the end. */
async function tidyBeforeEnd(context: RunContext): Promise<void> {
  const { run, log } = context;
  try {
    await dropCapturesOf(context, await loadMigration(run));
  } catch (left) {
    log.warn({ err: left }, "slots may remain on the source");
  }
  try {
    await restoreTarget(context, await loadMigration(run));
  } catch (left) {
    log.warn({ err: left }, "the target may not be as it was");
  }
}

/** Ends the migration as failed, or as canceled when that was under way: a cancel ends in nothing else. */
async function endWith(run: Run, error: NonNullable<Advance["error"]>): Promise<void> {
  const { state } = await loadMigration(run);
  await advance(run, state === "CleaningUp" ? "canceled" : "fail", { error });
}

async function release(run: Run): Promise<void> {
  await fenced(run, async (db) => {
    await appendEvents(db, run.migrationId, [
      { level: "info", kind: "worker-released", message: "The worker stopped; another one goes on." },
    ]);
    await enqueueMigration(db, run.migrationId);
  });
}

async function giveUp(run: Run): Promise<void> {
  const message = `${MAX_TAKE_OVERS} workers in a row were lost while they ran this migration, and none of them finished anything.`;
  await endWith(run, { code: "WORKER_LOST", message });
}

/** The signal of a stint: the worker's own, the queue's, and the clock. */
export function stintSignal(
  worker: AbortSignal,
  job: AbortSignal,
  seconds: number,
): {
  signal: AbortSignal;
  end: () => void;
} {
  const stint = new AbortController();
  const release = () => stint.abort(new RunAborted("released"));
  const supersede = () => stint.abort(new RunAborted("superseded"));
  const timer = setTimeout(release, seconds * 1000);
  if (worker.aborted) release();
  worker.addEventListener("abort", release, { once: true });
  job.addEventListener("abort", supersede, { once: true });
  return {
    signal: stint.signal,
    end() {
      clearTimeout(timer);
      worker.removeEventListener("abort", release);
      job.removeEventListener("abort", supersede);
    },
  };
}
