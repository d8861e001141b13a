/**
 * What following a database's changes is given and tells: the words shared by the engine, its owner and what shows them.
 * A database is captured (slot, publications) before its rows are copied, followed once they stand on the target, and cut
 * over when the owner says so (https://www.postgresql.org/docs/current/logicaldecoding.html).
 */
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import type { Lsn } from "@/lib/postgres/lsn";
import type { ObjectFailure, TableName } from "../events";
import type { SchemaStatement } from "../schema/statement";
import type { ThrottleLimits } from "../throttle";
import type { OutputPlugin } from "./change-stream";
import type { SourceHistory } from "./source-history";
import type { TableIdentity } from "./table-identities";

/** What a move is to keep on the source from before its first row on. */
export interface CaptureOptions {
  /** Of slot, publications and origin, made by captureName(): the owner finds and removes them by it. */
  name: string;
  /** null: the first of preferredPlugins() that the source lets the login use. */
  plugin: OutputPlugin | null;
}

/** What stands on both servers for one followed database. */
export interface Capture extends CaptureOptions {
  plugin: OutputPlugin;
  /** Empty with test_decoding. */
  publications: string[];
  /** Of the source as the slot was made; absent in what older versions have kept. */
  history?: SourceHistory;
}

/** A table whose rows are on the target as of `lsn`: of its transactions only those whose commit ends after it are applied. */
export interface FollowedTable extends TableName {
  /** pg_lsn as text. */
  lsn: string;
  /** Of the source's table as of then, so that one which was replaced is known; absent in what older versions have kept. */
  identity?: TableIdentity;
}

/** Everything a followed database needs to go on from after any restart; plain JSON, kept by the owner. */
export interface FollowStart {
  capture: Capture;
  tables: FollowedTable[];
  /** No stream tells of their rows (unlogged ones), or not where they are: copied again at the cutover. */
  recopied: TableName[];
  /**
   * Restored at the cutover, in this order: triggers, rules, event triggers, row security and publications, so that none
   * acts before, and owners the login cannot act for. Foreign keys too where the login may not switch their checks off.
   */
  deferred: SchemaStatement[];
  /** Built once the target has passed the latest `lsn` of the tables: until then a row may refer to one that is not there yet. */
  foreignKeys: SchemaStatement[];
  /** Relations of the source that do not move, or whose rows could not be copied: no news when they are seen. */
  leftOut: TableName[];
}

/** What becomes of an UPDATE or DELETE that finds no row, and the like: "stop" ends the following, "continue" counts it. */
export type DivergencePolicy = "stop" | "continue";

/** What the owner wants now; "cutover" is never taken back, a rehearsal is done once for each time it is wished. */
export type FollowWish = { kind: "follow" } | { kind: "rehearse"; id: string } | { kind: "cutover" };

export interface FollowDatabaseOptions {
  source: ConnectionSettings;
  target: ConnectionSettings;
  start: FollowStart;
  onDivergence: DivergencePolicy;
  /**
   * What becomes of a change that the target refuses because its table was altered on the source: true (default) stops the table,
   * and all others go on; false ends the following with CHANGE_REFUSED, so that it can be called again once the target was altered too.
   */
  stopsRefused?: boolean;
  /** Bytes of WAL the source may keep for the slot; null: no limit of ours. A warning comes at 75 %, the end (WAL_BUDGET_EXCEEDED) at 100 %. */
  walLimitBytes: number | null;
  /** Asked again and again; what it says holds from then on. */
  limits?: () => ThrottleLimits;
  /** Asked at least twice a second. */
  wish: () => FollowWish;
  report: (event: FollowEvent) => void;
  signal: AbortSignal;
}

/** How the following stands; counters are of this call. */
export interface FollowFigures {
  /** End of the source's WAL, and how far it was received, applied on the target, and flushed there. */
  sourceLsn: Lsn;
  receivedLsn: Lsn;
  appliedLsn: Lsn;
  flushedLsn: Lsn;
  /** Milliseconds since the commit of the last applied transaction on the source; 0 when nothing is pending. */
  lagMs: number;
  /** WAL between the source's end and what was applied; 0 when nothing is pending. */
  lagBytes: number;
  /** Row changes received and not applied yet. */
  incomingChanges: number;
  appliedChanges: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  transactions: number;
  divergences: number;
  /** null while it cannot be asked. */
  slot: SlotFigures | null;
}

export interface SlotFigures {
  name: string;
  isActive: boolean;
  /** reserved, extended, unreserved or lost; null before PostgreSQL 13. */
  walStatus: string | null;
  retainedBytes: number | null;
  /** Until the source itself drops it; null: no limit, or not told. */
  safeWalBytes: number | null;
}

/** Changes applied to one table since the call began. */
export interface TableChanges {
  table: TableName;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
}

/**
 * Why changes of a table are not applied any more. "replaced": another table of its name, or one that was emptied or rewritten
 * where the stream does not tell of that. "refused": the target refused a change of a table that was altered on the source.
 */
export type TableStop =
  | "columns-changed"
  | "dropped"
  | "not-on-target"
  | "no-identity"
  | "replaced"
  | "refused";

const LOST: ReadonlySet<TableStop> = new Set<TableStop>(["dropped", "not-on-target"]);

/** True when the cutover copies a table that was stopped for that reason again, if the target's has the same columns by then. */
export function isMendedAtCutover(stop: TableStop): boolean {
  return !LOST.has(stop);
}

/** Why a table is not on the target as it is on the source: made since the copy, altered since then, or stopped. */
export type UnfollowedReason = TableStop | "new" | "other-parent" | "constraints-changed";

export interface Divergence {
  table: TableName;
  operation: "insert" | "update" | "delete";
  /** Column names and values of the key as text; of the whole row under replica identity full. */
  key: Record<string, string | null>;
  /** End of the transaction's commit on the source. */
  lsn: string;
  message: string;
}

export const CUTOVER_STEPS = [
  "apply",
  "compare",
  "recopy",
  "large-objects",
  "sequences",
  "materialized-views",
  "triggers-and-rules",
  "clean-up",
] as const;
export type CutoverStep = (typeof CUTOVER_STEPS)[number];

/** What a cutover, or a rehearsal of one, took. */
export interface CutoverReport {
  isRehearsal: boolean;
  /** ISO 8601. */
  startedAt: string;
  /** Everything the source had committed before this position is on the target. */
  lsn: string;
  /** Milliseconds from the wish to the end. */
  ms: number;
  steps: { step: CutoverStep; ms: number }[];
  /** Tables that are not on the target as they are on the source. */
  unfollowed: (TableName & { reason: UnfollowedReason })[];
}

export type FollowEvent =
  /** About once a second. */
  | { type: "follow-progress"; figures: FollowFigures; tables: TableChanges[] }
  /** Comes once, when the target is behind by less than a second, and means that a cutover may be asked for. */
  | { type: "caught-up" }
  | { type: "table-stopped"; table: TableName; stop: TableStop; failure: ObjectFailure }
  | { type: "diverged"; divergence: Divergence; failure: ObjectFailure }
  | { type: "wal-warning"; retainedBytes: number; limitBytes: number }
  | { type: "cutover-started"; isRehearsal: boolean; lsn: string }
  | { type: "cutover-step"; step: CutoverStep; ms: number }
  | { type: "rehearsed"; id: string; cutover: CutoverReport }
  | { type: "object-failed"; failure: ObjectFailure }
  | { type: "note"; message: string; data?: Record<string, unknown> };

export interface FollowResult {
  cutover: CutoverReport;
  failures: ObjectFailure[];
}
