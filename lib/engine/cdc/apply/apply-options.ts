/** What applying changes to a target is given and tells; the applier stands in applier.ts. */
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Lsn } from "@/lib/postgres/lsn";
import type { ObjectFailure, TableName } from "../../events";
import type { Divergence, DivergencePolicy, TableChanges, TableStop } from "../follow-options";

export interface ApplierOptions {
  target: ConnectionSettings;
  /** Of the replication origin, or of the progress row where origins are denied: made by captureName(). */
  name: string;
  /** Where the stream begins when the target has no progress yet: the slot's consistent point. */
  startLsn: Lsn;
  /** Rows of the table are on the target as of this position; null: changes of it are not applied (filtered, copied again). */
  tableLsn: (table: TableName) => Lsn | null;
  /** As ChangeStream tells it. */
  valueEncoding: "utf8" | "latin1";
  onDivergence: DivergencePolicy;
  onDiverged: (divergence: Divergence, failure: ObjectFailure) => void;
  /**
   * Changes of the table are not applied from here on, those before are; the rest goes on. The target does not get past that
   * place before a promise resolves, so that what is kept of it there is never behind.
   */
  onTableStopped: (table: TableName, stop: TableStop, failure: ObjectFailure) => void | Promise<void>;
  /** What is worth knowing and does not stop anything: how progress is kept, a privilege that is missing. */
  onNote?: (message: string, data?: Record<string, unknown>) => void;
  /** About so much of the stream is held while as much again is applied; larger transactions come in pieces. Default 8 MiB. */
  bufferBytes?: number;
  /** Where changes of a large transaction wait that may turn out not to be wanted; default the system's. */
  spoolFolder?: string;
  signal: AbortSignal;
}

/** Sums since the applier was opened. */
export interface ApplyCounters {
  /** Row changes given to apply() and not committed on the target yet. */
  pendingChanges: number;
  appliedChanges: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  transactions: number;
  divergences: number;
}

/** Where the target stands. */
export interface ApplyPosition {
  /** End of the last transaction that is committed on the target, flushed or not. */
  appliedLsn: Lsn;
  /** End of the last one that is flushed: what may be acknowledged to the slot. */
  flushedLsn: Lsn;
  /** Commit time on the source of the last applied transaction, milliseconds since 1970; null before the first. */
  committedAtMs: number | null;
}

export type { TableChanges };
