import type { PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";

/** A table, or a part of its pages, to be copied in one transaction of the target. */
export interface PlannedPart {
  table: SourceTable;
  /** null for the whole table. */
  range: PageRange | null;
}

export interface PlanOptions {
  jobs: number;
  /** server_version_num of the source. */
  sourceVersion: number;
}

const MIB = 1024 * 1024;
/** Smaller parts cost more in round trips and lost FREEZE than they win. */
const MIN_PART_BYTES = 64 * MIB;
/** Tables below it go together: the round trips of a table alone would take longer than its rows. */
const SMALL_BYTES = MIB;
const BATCH_TABLES = 25;
/** Servers before 14 read the whole table for a range of ctids. */
const TID_RANGE_SCAN = 140_000;

/**
 * Shares tables out into what one connection does at a time, biggest first so that no long one is left for the end. The
 * tables come biggest first too. Parts of one table follow each other; small tables are batched last.
 */
export function planTasks(tables: readonly SourceTable[], options: PlanOptions): PlannedPart[][] {
  const totalBytes = tables.reduce((sum, table) => sum + table.bytesEstimated, 0);
  const tasks: PlannedPart[][] = [];
  const small: PlannedPart[] = [];
  for (const table of tables) {
    if (table.bytesEstimated < SMALL_BYTES && table.configurationFilter === null) {
      small.push({ table, range: null });
      continue;
    }
    const ranges = splitRanges(table, totalBytes, options) ?? [null];
    tasks.push(...ranges.map((range) => [{ table, range }]));
  }
  const size = Math.min(BATCH_TABLES, Math.ceil(small.length / options.jobs));
  for (let at = 0; at < small.length; at += size) tasks.push(small.slice(at, at + size));
  return tasks;
}

/**
 * Page ranges of a table that one connection would copy longer than all others together take; null when it is best
 * copied whole. The last range is open: the heap may have grown since it was measured.
 */
function splitRanges(table: SourceTable, totalBytes: number, options: PlanOptions): PageRange[] | null {
  const { jobs, sourceVersion } = options;
  if (jobs < 2 || sourceVersion < TID_RANGE_SCAN || table.configurationFilter !== null) return null;
  if (table.columns.length === 0 || table.bytesEstimated <= totalBytes / jobs) return null;
  const count = Math.min(jobs, Math.floor(table.bytesEstimated / MIN_PART_BYTES), table.pages);
  if (count < 2) return null;
  const step = Math.ceil(table.pages / count);
  return Array.from({ length: count }, (_, index) => ({
    from: index * step,
    to: index === count - 1 ? null : (index + 1) * step,
  }));
}
