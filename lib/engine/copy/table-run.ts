import type { Report, TableName } from "../events";
import type { CopyWay, PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";
import type { PlannedPart } from "./plan-tasks";

const PROGRESS_MS = 200;

/** One try to copy a table, in one part or several, which end in any order. */
export class TableRun {
  readonly table: SourceTable;
  readonly name: TableName;
  readonly way: CopyWay;
  /** From 1; a try after a failure that may pass counts on. */
  readonly attempt: number;
  /** Rows of an earlier try may be on the target. */
  readonly isRepeated: boolean;
  /** The first failure of a part; null while there is none. */
  error: unknown = null;
  rows = 0;
  /** Parts it is copied in. */
  readonly parts: number;
  readonly #partBytes: number[];
  #partsLeft: number;
  #startedAt: number | null = null;
  #nextProgressAt = 0;

  constructor(
    table: SourceTable,
    options: { way: CopyWay; parts: number; attempt: number; isRepeated: boolean },
  ) {
    this.table = table;
    this.name = { schema: table.schema, name: table.name };
    this.way = options.way;
    this.attempt = options.attempt;
    this.isRepeated = options.isRepeated;
    this.parts = options.parts;
    this.#partsLeft = options.parts;
    this.#partBytes = Array.from({ length: options.parts }, () => 0);
  }

  get bytes(): number {
    return this.#partBytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Milliseconds since the first part began. */
  get ms(): number {
    return Math.round(performance.now() - (this.#startedAt ?? performance.now()));
  }

  /** Reports the start with the first part. */
  start(report: Report): void {
    if (this.#startedAt !== null) return;
    this.#startedAt = performance.now();
    report({ type: "table-started", table: this.name, format: this.way.format, attempt: this.attempt });
  }

  /** Reports a part's bytes so far, summed up for the table, at most five times a second. */
  progress(report: Report, part: number, bytes: number): void {
    this.#partBytes[part] = bytes;
    const now = performance.now();
    if (now < this.#nextProgressAt) return;
    this.#nextProgressAt = now + PROGRESS_MS;
    report({ type: "table-progress", table: this.name, bytes: this.bytes });
  }

  /** Notes the rows of a part that is committed. */
  complete(part: number, { bytes, rows }: { bytes: number; rows: number }): void {
    this.#partBytes[part] = bytes;
    this.rows += rows;
  }

  /** Counts a part as ended; true when it was the last one. */
  endPart(): boolean {
    return --this.#partsLeft === 0;
  }
}

/** A part of a run; the parts of one task are copied in one transaction of the target. */
export interface RunPart {
  run: TableRun;
  part: number;
  range: PageRange | null;
}

/** The first try of every planned table; its parts may be spread over several tasks. */
export function startRuns(
  planned: readonly (readonly PlannedPart[])[],
  wayOf: (table: SourceTable) => CopyWay,
): RunPart[][] {
  const counts = new Map<SourceTable, number>();
  for (const { table } of planned.flat()) counts.set(table, (counts.get(table) ?? 0) + 1);
  const runs = new Map<SourceTable, { run: TableRun; given: number }>();
  for (const [table, parts] of counts) {
    const run = new TableRun(table, { way: wayOf(table), parts, attempt: 1, isRepeated: false });
    runs.set(table, { run, given: 0 });
  }
  return planned.map((parts) =>
    parts.flatMap(({ table, range }) => {
      const started = runs.get(table);
      return started ? [{ run: started.run, part: started.given++, range }] : [];
    }),
  );
}
