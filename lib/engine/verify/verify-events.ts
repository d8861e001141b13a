/** What a verification tells its owner. Every figure is absolute for its item, so a repeated event does no harm. */

export type VerifiedKind =
  | "table"
  | "materialized-view"
  | "sequence"
  | "large-objects"
  | "schema"
  | "database-settings"
  | "extensions"
  | "roles";

/** One thing that is compared: a table's rows, a sequence's state, all large objects, the schema. */
export interface VerifiedItem {
  kind: VerifiedKind;
  /** "" where the thing has no schema. */
  schema: string;
  name: string;
}

/** A row that is not the same on both sides. Values are the text both servers give under the same settings. */
export interface RowDifference {
  /** missing: on the source only; extra: on the target only. */
  kind: "missing" | "extra" | "changed";
  /** Key columns; every column for a table without a key. */
  key: Record<string, string | null>;
  source: Record<string, string | null> | null;
  target: Record<string, string | null> | null;
  /** Statement that makes the target's row like the source's; null where none can be given safely. */
  repair: string | null;
}

/** One line of a side-by-side view; "same" lines are context. */
export interface SchemaDiffLine {
  kind: "same" | "removed" | "added" | "gap";
  /** Number of the line on each side, from 1. */
  source: number | null;
  target: number | null;
  text: string;
}

/** unchecked: could not be compared, which is never a pass. */
export type VerifiedState = "equal" | "different" | "unchecked";

export interface VerifiedResult {
  item: VerifiedItem;
  state: VerifiedState;
  /** Decimal text; null where rows mean nothing or could not be counted. */
  sourceRows: string | null;
  targetRows: string | null;
  sourceChecksum: string | null;
  targetChecksum: string | null;
  /** Rows that differ; exact unless `differencesLimited`. */
  differences: number;
  differencesLimited: boolean;
  /** Why it differs or was not checked, in a sentence; null when equal, but of a materialised view that the source has not refreshed. */
  message: string | null;
  /** Milliseconds. */
  ms: number;
}

export type VerifyEvent =
  | { type: "planned"; items: (VerifiedItem & { bytesEstimated: number })[] }
  | { type: "item-started"; item: VerifiedItem }
  /** Bytes of the source's table read so far, estimated. */
  | { type: "item-progress"; item: VerifiedItem; bytes: number }
  | { type: "item-ended"; result: VerifiedResult }
  | { type: "rows-differ"; item: VerifiedItem; rows: RowDifference[] }
  | { type: "schema-differs"; lines: SchemaDiffLine[] }
  | { type: "note"; message: string };

export type VerifyReport = (event: VerifyEvent) => void;
