/**
 * What a move has finished for good, so that a later run of it need not do it again (kept by the move's owner; the engine
 * knows no store). Written only after the target has flushed what it speaks of.
 */
import type { FollowStart } from "./cdc/follow-options";

/** Identity of a snapshot of a source: two equal ones see the same rows, because nothing was written in between. */
export interface SnapshotIdentity {
  /** pg_control_system().system_identifier, decimal; null where the login may not read it. */
  systemIdentifier: string | null;
  databaseOid: string;
  /** Timeline and txid_current_snapshot() as text, "1/xmin:xmax:xip_list"; without the timeline where it may not be read. */
  snapshot: string;
}

/** Identity of a target database. */
export interface TargetIdentity {
  systemIdentifier: string | null;
  databaseOid: string;
  /** Another one after a failover, which may have lost what the first server had flushed; null where it may not be read. */
  timeline: string | null;
}

/** Written once the schema (pre-data) stands on the target. */
export interface CheckpointHead {
  source: SnapshotIdentity;
  /** Of the target database; another one by the same name is not this move's. */
  target: TargetIdentity;
  /** Digests of the filter and of each statement of the schema; when one is gone or another by now the move begins anew. */
  schemaHash: string;
  /** Tables that are copied in parts. */
  splits: readonly CheckpointSplit[];
}

/**
 * Where a table is cut: pages of the heap in each part but the last, which takes the rest; or the first values of a column in
 * each part but the first, decimal and ascending.
 */
export type CheckpointSplit = { schema: string; name: string } & (
  | { pages: number }
  | { column: string; bounds: readonly string[] }
);

/** Rows of a table, or of a range of them, that are on the target and flushed. */
export interface CheckpointPart {
  schema: string;
  name: string;
  /** 0-based, and how many there are of the table. */
  part: number;
  parts: number;
  rows: number;
  bytes: number;
  /** pg_lsn as text: the rows are those of this position; null when the move does not follow its source. */
  lsn?: string | null;
}

export interface MoveCheckpoint {
  head: CheckpointHead;
  parts: readonly CheckpointPart[];
  /** Set once all rows of a followed database have moved: only its changes are left. */
  follow?: FollowStart | null;
}

/** Durable when the promises resolve; they reject when the store is away or another worker owns the move. */
export interface CheckpointStore {
  /** null when there is none. */
  load(): Promise<MoveCheckpoint | null>;
  /** Replaces everything known. */
  begin(head: CheckpointHead): Promise<void>;
  /** The same parts on a newer snapshot of the source: what was kept has been proven equal. */
  renew(head: CheckpointHead): Promise<void>;
  append(parts: readonly CheckpointPart[]): Promise<void>;
  /** Tables that will be copied anew. */
  forget(tables: readonly { schema: string; name: string }[]): Promise<void>;
  /** The rows are there: from now on changes are followed. */
  follow?(start: FollowStart): Promise<void>;
  /** Nothing is known any more: the move begins anew. */
  clear(): Promise<void>;
}
