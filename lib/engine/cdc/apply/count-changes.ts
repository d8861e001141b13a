import type { TableChanges } from "../follow-options";
import type { BadChange, PlannedChange } from "./planned-change";

export interface ChangeSums {
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
}

/** Sums to be added to each table's counters. */
export type CountedChanges = Map<TableChanges, ChangeSums>;

/** Counts changes by table, but those that diverged; adds to `counts` when given. */
export function countChanges(
  changes: readonly PlannedChange[],
  diverged: readonly BadChange[],
  counts: CountedChanges = new Map(),
): CountedChanges {
  const left = new Set(diverged.map(({ index }) => index));
  for (const [index, change] of changes.entries()) {
    if (left.has(index)) continue;
    if (change.kind === "row") sumsOf(counts, change.counts)[`${change.change.kind}s`]++;
    else for (const table of change.counts) sumsOf(counts, table).truncates++;
  }
  return counts;
}

function sumsOf(counts: CountedChanges, table: TableChanges): ChangeSums {
  const known = counts.get(table);
  if (known) return known;
  const sums = { inserts: 0, updates: 0, deletes: 0, truncates: 0 };
  counts.set(table, sums);
  return sums;
}
