/**
 * What the engine tells its owner while it works. Every figure is cumulative for its table, so a lost or repeated
 * event does no harm. Times are taken by whoever receives the event.
 */

/** A table (leaf partition, plain table) as catalogued on the source. */
export interface TableName {
  schema: string;
  name: string;
}

export type CopyFormat = "binary" | "text";

export interface PlannedTable extends TableName {
  bytesEstimated: number;
  rowsEstimated: number;
}

/** An object of the schema, or a table's data, that could not be moved; the rest went on. */
export interface ObjectFailure {
  severity: "error" | "warning";
  kind: string;
  /** Qualified and quoted where PostgreSQL would. */
  object: string;
  /** Closed code of lib/util/error-codes.ts. */
  code: string;
  sqlState: string | null;
  message: string;
  remedy: string;
  statement: string | null;
}

/** What a phase consists of, timed by itself; several may run at the same time, and one that has nothing to do is left out. */
export type EngineStep =
  | "schema-dump"
  | "pre-data"
  | "resume-check"
  | "rows"
  | "large-objects"
  | "sequences"
  | "index-builds"
  | "constraints"
  | "triggers-and-rules"
  | "materialized-views"
  | "analyze"
  | "vacuum";

/** Why rows of an earlier run stay: nothing was written to the source since, they were compared with it, or what was written will follow. */
export type KeptReason = "source-unchanged" | "checksum-equal" | "changes-follow";

export type EnginePhase = "schema" | "copy" | "indexes" | "finish";

export type EngineEvent =
  | { type: "phase-started"; phase: EnginePhase }
  | { type: "phase-ended"; phase: EnginePhase }
  | { type: "planned"; tables: PlannedTable[]; indexes: number }
  | { type: "table-started"; table: TableName; format: CopyFormat; attempt: number }
  /** `rows` is one too many now and then; the exact number comes with the end. */
  | { type: "table-progress"; table: TableName; bytes: number; rows: number }
  | { type: "table-completed"; table: TableName; bytes: number; rows: number; ms: number; parts: number }
  /** All rows were copied by an earlier run and are not copied again; takes the place of started and completed. */
  | { type: "table-kept"; table: TableName; bytes: number; rows: number; reason: KeptReason }
  | { type: "table-failed"; table: TableName; failure: ObjectFailure }
  /** `kept`: an earlier run had built it. */
  | { type: "index-completed"; object: string; table: TableName; ms: number; kept: boolean }
  | { type: "step-completed"; step: EngineStep; ms: number }
  | { type: "object-failed"; failure: ObjectFailure }
  /** `isUrgent`: the move stands still until somebody does something. */
  | { type: "note"; message: string; data?: Record<string, unknown>; isUrgent?: boolean };

export type Report = (event: EngineEvent) => void;
