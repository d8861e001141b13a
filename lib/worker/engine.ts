import type { ObjectFailure, Report } from "@/lib/engine/events";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** A server-level operation on one target database; `target.database` is another one, to work from. */
export interface TargetDatabase {
  target: ConnectionSettings;
  name: string;
  signal: AbortSignal;
}

export interface MoveOptions {
  /** Both name the database to move; the target's exists and is empty. */
  source: ConnectionSettings;
  target: ConnectionSettings;
  /** Parallel copies; chosen by the engine when absent. */
  jobs?: number;
  report: Report;
  signal: AbortSignal;
}

/** What the worker needs of the engine; lib/engine is the one there is, tests have one they can slow down. */
export interface Engine {
  moveDatabase(options: MoveOptions): Promise<{ failures: readonly ObjectFailure[] }>;
  createTargetDatabase(options: TargetDatabase & { source: ConnectionSettings }): Promise<void>;
  dropTargetDatabase(options: TargetDatabase): Promise<void>;
  targetDatabaseExists(options: TargetDatabase): Promise<boolean>;
}
