import { setTimeout as sleep } from "node:timers/promises";
import { type Run, readWishes, StaleRunError } from "@/lib/store/run";
import { RunAborted } from "./run-aborted";
import type { RunLimits } from "./run-limits";
import type { RunWishes } from "./run-wishes";
import type { WishHints } from "./wish-hints";

const POLL_MS = 1_000;

/**
 * Without an answer of the store for this long the worker stops by itself: after 10 s without a heartbeat the queue gives the
 * migration to another one, and two must never write to the target.
 */
const STORE_PATIENCE_MS = 8_000;

export interface WatchedRun {
  run: Run;
  hints: WishHints;
  /** Told what the user allows. */
  limits: RunLimits;
  /** Told what the user wants of each database. */
  wishes: RunWishes;
  /** Aborted when the user cancels or pauses. */
  work: AbortController;
  /** Aborted when the run must end at once, without another word to the store. */
  ownership: AbortController;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** Looks once a second, and at every hint, whether the run is still this worker's and what the user wishes. */
export async function watchRun(watched: WatchedRun): Promise<void> {
  const { run, hints, limits, work, ownership, signal } = watched;
  let answeredAt = performance.now();
  // A clock of its own: a read that hangs on a dead connection does not come back to look at the time.
  const patience = setInterval(() => {
    if (performance.now() - answeredAt > STORE_PATIENCE_MS) ownership.abort(new RunAborted("store-lost"));
  }, POLL_MS);
  try {
    while (!signal.aborted && !ownership.signal.aborted) {
      try {
        const wishes = await readWishes(run);
        watched.wishes.set(wishes.databases);
        watched.wishes.setOptions(wishes.options);
        answeredAt = performance.now();
        limits.set({ bytesPerSecond: wishes.bytesPerSecond, connections: wishes.connections });
        if (wishes.cancel) work.abort(new RunAborted("canceled"));
        else if (wishes.pause) work.abort(new RunAborted("paused"));
      } catch (error) {
        if (error instanceof StaleRunError) ownership.abort(new RunAborted("superseded"));
      }
      await pause(run, hints, signal);
    }
  } finally {
    clearInterval(patience);
  }
}

/** Waits for the next poll or hint, whichever comes first. */
async function pause(run: Run, hints: WishHints, signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const wake = () => waiting.abort();
  hints.once(run.migrationId, wake);
  signal.addEventListener("abort", wake, { once: true });
  try {
    if (!signal.aborted) await sleep(POLL_MS, undefined, { signal: waiting.signal });
  } catch {
    // Woken early, which is the purpose.
  } finally {
    hints.off(run.migrationId, wake);
    signal.removeEventListener("abort", wake);
  }
}
