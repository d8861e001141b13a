import type { CopyProgress } from "@/lib/postgres/copy-relay";
import type { CheckpointPart } from "../checkpoint";
import type { Report, TableName } from "../events";
import type { CopyRange, CopyWay } from "./copy-statements";
import type { SourceTable } from "./list-tables";

const PROGRESS_MS = 200;

export interface TableRunOptions {
  way: CopyWay;
  parts: number;
  /** From 1; a try after a failure that may pass counts on. */
  attempt: number;
  /** Rows of an earlier try may be on the target. */
  isRepeated: boolean;
  /** Parts that an earlier run copied and that stay. */
  kept?: readonly CheckpointPart[];
}

/** One try to copy a table, in one part or several, which end in any order. */
export class TableRun {
  readonly table: SourceTable;
  readonly name: TableName;
  readonly way: CopyWay;
  readonly isRepeated: boolean;
  /** Parts it is copied in, kept ones included. */
  readonly parts: number;
  /** The highest attempt of any part. */
  attempt: number;
  /** The first failure of a part; null while there is none. */
  error: unknown = null;
  /** Of the parts that are committed. */
  rows: number;
  /** Parts that are committed, kept ones included. */
  committed: number;
  readonly #partBytes: number[];
  readonly #partRows: number[];
  #partsLeft: number;
  #startedAt: number | null = null;
  #nextProgressAt = 0;

  constructor(table: SourceTable, options: TableRunOptions) {
    const { way, parts, attempt, isRepeated, kept = [] } = options;
    this.table = table;
    this.name = { schema: table.schema, name: table.name };
    this.way = way;
    this.attempt = attempt;
    this.isRepeated = isRepeated;
    this.parts = parts;
    this.rows = kept.reduce((sum, part) => sum + part.rows, 0);
    this.committed = kept.length;
    this.#partsLeft = parts - kept.length;
    this.#partBytes = Array.from({ length: parts }, () => 0);
    this.#partRows = [...this.#partBytes];
    for (const { part, bytes, rows } of kept) {
      this.#partBytes[part] = bytes;
      this.#partRows[part] = rows;
    }
  }

  get bytes(): number {
    return sum(this.#partBytes);
  }

  /** Milliseconds since the first part began. */
  get ms(): number {
    return Math.round(performance.now() - (this.#startedAt ?? performance.now()));
  }

  /** Reports the start with the first part, and every later attempt. */
  start(report: Report, attempt: number): void {
    if (this.#startedAt !== null && attempt <= this.attempt) return;
    this.#startedAt ??= performance.now();
    this.attempt = attempt;
    report({ type: "table-started", table: this.name, format: this.way.format, attempt });
  }

  /** Reports how far a part is, summed up for the table, at most five times a second. */
  progress(report: Report, part: number, { bytes, rows }: CopyProgress): void {
    this.#partBytes[part] = bytes;
    this.#partRows[part] = rows;
    const now = performance.now();
    if (now < this.#nextProgressAt) return;
    this.#nextProgressAt = now + PROGRESS_MS;
    report({ type: "table-progress", table: this.name, bytes: this.bytes, rows: sum(this.#partRows) });
  }

  /** Notes the rows of a part that is committed. */
  complete(part: number, { bytes, rows }: { bytes: number; rows: number }): void {
    this.#partBytes[part] = bytes;
    this.#partRows[part] = rows;
    this.rows += rows;
    this.committed++;
  }

  /** Counts a part as ended; true when it was the last one. */
  endPart(): boolean {
    return --this.#partsLeft === 0;
  }
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

/** A part of a run; the parts of one task are copied in one transaction of the target. */
export interface RunPart {
  run: TableRun;
  part: number;
  /** From 1, counted over the tries of the table. */
  attempt: number;
  range: CopyRange | null;
}
