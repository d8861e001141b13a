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
  let [table, sums]: [TableChanges | null, ChangeSums] = [null, noChanges()];
  for (let index = 0; index < changes.length; index++) {
    const change = changes[index];
    if (!change || (left.size > 0 && left.has(index))) continue;
    if (change.kind === "truncate") {
      for (const truncated of change.counts) sumsOf(counts, truncated).truncates++;
      continue;
    }
    // Changes of one table come in rows.
    if (change.counts !== table) [table, sums] = [change.counts, sumsOf(counts, change.counts)];
    if (change.change.kind === "insert") sums.inserts++;
    else if (change.change.kind === "update") sums.updates++;
    else sums.deletes++;
  }
  return counts;
}

function sumsOf(counts: CountedChanges, table: TableChanges): ChangeSums {
  const known = counts.get(table);
  if (known) return known;
  const sums = noChanges();
  counts.set(table, sums);
  return sums;
}

function noChanges(): ChangeSums {
  return { inserts: 0, updates: 0, deletes: 0, truncates: 0 };
}
