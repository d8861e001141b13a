import type {
  Capture,
  FollowDatabaseOptions,
  FollowResult,
  FollowStart,
} from "@/lib/engine/cdc/follow-options";
import type { ObjectFailure } from "@/lib/engine/events";
import type { MoveDatabaseOptions } from "@/lib/engine/move-database";
import type { DatabaseVerification, VerifyDatabaseOptions } from "@/lib/engine/verify/verify-options";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** A server-level operation on one target database; `target.database` is another one, to work from. */
export interface TargetDatabase {
  target: ConnectionSettings;
  name: string;
  signal: AbortSignal;
}

export interface DropCapture {
  source: ConnectionSettings;
  target: ConnectionSettings;
  capture: Pick<Capture, "name">;
  signal: AbortSignal;
}

/** What the worker needs of the engine; lib/engine is the one there is, tests have one they can slow down. */
export interface Engine {
  moveDatabase(
    options: MoveDatabaseOptions,
  ): Promise<{ failures: readonly ObjectFailure[]; follow?: FollowStart }>;
  /** Applies the source's changes until it was cut over; of lib/engine when absent. */
  followDatabase?(options: FollowDatabaseOptions): Promise<FollowResult>;
  /** Takes slot, publications and origin away, whatever is left of them; of lib/engine when absent. */
  dropCapture?(options: DropCapture): Promise<void>;
  createTargetDatabase(options: TargetDatabase & { source: ConnectionSettings }): Promise<void>;
  dropTargetDatabase(options: TargetDatabase): Promise<void>;
  targetDatabaseExists(options: TargetDatabase): Promise<boolean>;
  /** Compares both sides; that of lib/engine when absent. */
  verifyDatabase?(options: VerifyDatabaseOptions): Promise<DatabaseVerification>;
}
