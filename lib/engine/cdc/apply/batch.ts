import type { Lsn } from "@/lib/postgres/lsn";
import type { Commit, Truncate } from "../decode/change";
import type { KeyedChange, OldOrNew } from "./fold";
import type { PlannedChange } from "./planned-change";

/** Row changes of one transaction of the source that has not ended, or the last piece of a large one. */
export class OpenTransaction {
  changes: (KeyedChange | Truncate)[] = [];
  bytes = 0;

  add(change: KeyedChange | Truncate): void {
    // An empty list that grows gets room for many: most transactions have few.
    if (this.changes.length === 0) this.changes = [change];
    else this.changes.push(change);
    this.bytes += sizeOf(change);
  }

  /** What was gathered, which is the caller's from then on. */
  take(): (KeyedChange | Truncate)[] {
    const taken = this.changes;
    this.changes = [];
    this.bytes = 0;
    return taken;
  }
}

/** Whole transactions of the source that become one of the target. */
export interface Batch {
  changes: PlannedChange[];
  /** Ends of the transactions. */
  ends: Commit[];
  /** How many of the batch's changes each of them and those before it have. */
  endsAt: number[];
  bytes: number;
  /** Row changes that were given, applied or not. */
  given: number;
  /** After the last transaction nothing was committed before it. */
  quietLsn: Lsn;
}

export function emptyBatch(): Batch {
  return { changes: [], ends: [], endsAt: [], bytes: 0, given: 0, quietLsn: 0n };
}

/** True when there is nothing to be committed or noted. */
export function isEmpty({ ends, quietLsn }: Batch): boolean {
  return ends.length === 0 && quietLsn === 0n;
}

export function endTransaction(batch: Batch, commit: Commit, given: number, bytes: number): void {
  batch.ends.push(commit);
  batch.endsAt.push(batch.changes.length);
  batch.given += given;
  batch.bytes += bytes;
}

/** Objects around a change, in bytes; roughly. */
const CHANGE_BYTES = 150;
const VALUE_BYTES = 20;

function sizeOf(change: KeyedChange | Truncate): number {
  let bytes = CHANGE_BYTES;
  if (change.kind === "insert" || change.kind === "update") bytes += sizeOfRow(change.values);
  if (change.kind === "update" || change.kind === "delete") bytes += sizeOfRow(change.old?.values);
  return bytes;
}

function sizeOfRow(values: readonly OldOrNew[] | undefined): number {
  if (!values) return 0;
  let bytes = VALUE_BYTES * values.length;
  for (const value of values) if (typeof value === "string") bytes += value.length;
  return bytes;
}
