import type { PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";

/** Smaller parts cost more in round trips and lost FREEZE than they win. */
const MIN_PART_BYTES = 64 * 1024 * 1024;

/** Servers before 14 read the whole table for a range of ctids. */
const TID_RANGE_SCAN = 140_000;

/**
 * Page ranges of a table that one connection would copy longer than all others together take; null when it is best
 * copied whole. The last range is open: the heap may have grown since it was measured.
 */
export function planParts(
  table: SourceTable,
  options: { totalBytes: number; jobs: number; sourceVersion: number },
): PageRange[] | null {
  const { totalBytes, jobs, sourceVersion } = options;
  if (jobs < 2 || sourceVersion < TID_RANGE_SCAN || table.configurationFilter !== null) return null;
  if (table.columns.length === 0 || table.bytesEstimated < totalBytes / jobs) return null;
  const count = Math.min(jobs, Math.floor(table.bytesEstimated / MIN_PART_BYTES), table.pages);
  if (count < 2) return null;
  const step = Math.ceil(table.pages / count);
  return Array.from({ length: count }, (_, index) => ({
    from: index * step,
    to: index === count - 1 ? null : (index + 1) * step,
  }));
}
