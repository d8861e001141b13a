import { setMaxListeners } from "node:events";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { CaptureOptions, FollowStart } from "./cdc/follow-options";
import { openCapture } from "./cdc/open-capture";
import type { CheckpointStore } from "./checkpoint";
import { CheckpointFailure } from "./copy/checkpoint-writer";
import type { CopyTotals } from "./copy/copy-tables";
import { holdSnapshot } from "./copy/source-snapshot";
import { DatabaseMove } from "./database-move";
import type { CopyFormat, ObjectFailure, Report } from "./events";
import type { DatabaseFilter } from "./filter/database-filter";
import { reasonOf } from "./move-log";
import { MoveSessions } from "./move-sessions";
import type { ThrottleLimits } from "./throttle";

const STALL_MS = 30_000;

export interface MoveDatabaseOptions {
  /** The source database. Nothing is written to it, but for what `capture` asks for. */
  source: ConnectionSettings;
  /** The target database: exists, and is empty unless `checkpoint` knows of an earlier run into it. */
  target: ConnectionSettings;
  /** Parallel copies, and half as many index builds beside them; chosen by chooseJobs() when absent. */
  jobs?: number;
  /** "text" copies every table in text; otherwise each in binary where that is safe. */
  format?: "auto" | CopyFormat;
  /** Which objects move; everything when absent. */
  filter?: DatabaseFilter;
  /** Keep a slot on the source from before the first row on, so that its changes can be followed; offline when absent. */
  capture?: CaptureOptions;
  /** Remembers what is finished, and lets a later call with the same target database go on from there. */
  checkpoint?: CheckpointStore;
  /** Asked again and again while the move runs; what it says holds from then on. No limits when absent. */
  limits?: () => ThrottleLimits;
  /** VACUUM the tables together with ANALYZE at the end; default false. */
  vacuum?: boolean;
  /** Milliseconds without a byte after which a copy is given up although nothing proves its connections dead; default 30,000. */
  stallMs?: number;
  report: Report;
  signal: AbortSignal;
}

export interface MoveDatabaseResult extends CopyTotals {
  /** Everything that could not be moved, warnings included; empty when the copy is complete. */
  failures: ObjectFailure[];
  /** With `capture`: what followDatabase() goes on from. */
  follow?: FollowStart;
}

/**
 * Moves one database as of one snapshot: schema, rows, indexes and constraints as tables finish, then sequences, large
 * objects, materialised views and statistics. What fails is reported and the rest goes on. Throws CodedError when nothing
 * can go on (a server lost, the schema unreadable; transient when calling again may help), CHECKPOINT_UNUSABLE when the
 * target database has to be begun anew, what the checkpoint's store throws, and the signal's reason when aborted. Whatever
 * happens, no session is left on either server.
 */
export async function moveDatabase(options: MoveDatabaseOptions): Promise<MoveDatabaseResult> {
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  setMaxListeners(0, options.signal, signal);
  const { source, target, capture, checkpoint, filter, report, stallMs = STALL_MS } = options;
  const earlier = capture && checkpoint ? await checkpoint.load() : null;
  if (earlier?.follow) return { tables: 0, bytes: 0, rows: 0, failures: [], follow: earlier.follow };
  const opening = { source, filter, earlier, report, signal };
  const sessions = await MoveSessions.open({
    ...{ source, target, signal },
    hold: () => (capture ? openCapture({ ...opening, capture }) : holdSnapshot(source, signal)),
    onLost: (error) => broken.abort(error),
  });
  const move = new DatabaseMove({ ...options, stallMs, signal }, sessions, (error) => broken.abort(error));
  // An abort ends statements in the middle; without it each would be waited for.
  const terminate = () => void move.terminate();
  signal.addEventListener("abort", terminate, { once: true });
  try {
    return await move.run();
  } catch (error) {
    // Whatever stopped the move first is its reason; the rest follows from it.
    broken.abort(reasonOf(error));
    await move.terminate();
    throw signal.reason instanceof CheckpointFailure ? signal.reason.cause : signal.reason;
  } finally {
    signal.removeEventListener("abort", terminate);
    await move.close();
    // Node keeps a combined signal, and all that listens to it, until one of its signals is aborted.
    broken.abort();
  }
}
