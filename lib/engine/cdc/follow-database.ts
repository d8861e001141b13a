import { setMaxListeners } from "node:events";
import { toCodedError } from "@/lib/postgres/errors";
import { CodedError } from "@/lib/util/coded-error";
import { dropSourceCapture } from "./drop-capture";
import type { FollowDatabaseOptions, FollowResult } from "./follow-options";
import { Follower } from "./follower";

/**
 * Applies a database's changes from where the target is, tells of it, and cuts over when that is wished; resolves when all
 * that was kept for it on both servers is gone. Throws CodedError: transient ones when calling again goes on (a server was
 * lost, the slot is still read), else SLOT_LOST, WAL_BUDGET_EXCEEDED (the slot is dropped then), CHANGE_DIVERGED, ... or the
 * signal's reason when aborted. Whatever happens no session is left, and nothing is applied twice or skipped by calling again.
 */
export async function followDatabase(options: FollowDatabaseOptions): Promise<FollowResult> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  setMaxListeners(0, options.signal, signal);
  const follower = new Follower({ ...options, signal }, (error) => broken.abort(error));
  try {
    return await follower.run();
  } catch (error) {
    // Whatever ended it first is its reason; the rest follows from it, and what is under way ends now.
    broken.abort(toCodedError(error, "INTERNAL"));
    await follower[Symbol.asyncDispose]();
    const reason: unknown = signal.reason;
    if (reason instanceof CodedError && reason.code === "WAL_BUDGET_EXCEEDED" && !options.signal.aborted)
      await dropSourceCapture(options.source, options.start.capture.name, options.signal);
    throw reason;
  } finally {
    await follower[Symbol.asyncDispose]();
    // Node keeps a combined signal, and all that listens to it, until one of its signals is aborted.
    broken.abort();
  }
}
