import type { Lsn } from "@/lib/postgres/lsn";
import type { Commit, Truncate } from "../decode/change";
import type { KeyedChange } from "./fold";
import type { PlannedChange } from "./planned-change";

/** Row changes of one transaction of the source that has not ended, or the last piece of a large one. */
export class OpenTransaction {
  changes: (KeyedChange | Truncate)[] = [];
  bytes = 0;

  add(change: KeyedChange | Truncate): void {
    this.changes.push(change);
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
  /** Ends of the transactions, with how many of the batch's changes they and those before them have. */
  ends: { endLsn: Lsn; committedAt: number; changes: number }[];
  bytes: number;
  /** Row changes that were given, applied or not. */
  given: number;
  /** After the last transaction nothing was committed before it. */
  quietLsn: Lsn;
}

export function emptyBatch(): Batch {
  return { changes: [], ends: [], bytes: 0, given: 0, quietLsn: 0n };
}

export function endTransaction(batch: Batch, commit: Commit, given: number, bytes: number): void {
  const { endLsn, committedAt } = commit;
  batch.ends.push({ endLsn, committedAt, changes: batch.changes.length });
  batch.given += given;
  batch.bytes += bytes;
}

/** Objects around a change, in bytes; roughly. */
const CHANGE_BYTES = 150;
const VALUE_BYTES = 20;

function sizeOf(change: KeyedChange | Truncate): number {
  if (change.kind === "truncate") return CHANGE_BYTES;
  let bytes = CHANGE_BYTES;
  for (const values of change.kind === "delete" ? [] : [change.values])
    for (const value of values) bytes += VALUE_BYTES + (typeof value === "string" ? value.length : 0);
  for (const value of change.kind === "insert" ? [] : (change.old?.values ?? []))
    bytes += VALUE_BYTES + (typeof value === "string" ? value.length : 0);
  return bytes;
}
