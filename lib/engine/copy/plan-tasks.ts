import { tableKey } from "../schema/restore-plan";
import type { CopyRange } from "./copy-statements";
import { keyRanges } from "./key-cut";
import type { SourceTable } from "./list-tables";
import type { TableSplit, TableSplits } from "./split-tables";

/** A table, or a range of its rows, to be copied in one transaction of the target. */
export interface PlannedPart {
  table: SourceTable;
  /** 0-based, and how many there are of the table. */
  part: number;
  parts: number;
  /** null for the whole table. */
  range: CopyRange | null;
}

/** Tables below it go together: the round trips of a table alone would take longer than its rows. */
const SMALL_BYTES = 1024 * 1024;
const BATCH_TABLES = 25;

/**
 * Shares tables out into what one connection does at a time, biggest first so that no long one is left for the end. The
 * tables come biggest first too. Parts of one table follow each other; small tables are batched last. `isDone` tells of parts
 * that need not be copied any more.
 */
export function planTasks(
  tables: readonly SourceTable[],
  splits: TableSplits,
  options: { jobs: number; isDone?: (table: SourceTable, part: number) => boolean },
): PlannedPart[][] {
  const { jobs, isDone = () => false } = options;
  const tasks: PlannedPart[][] = [];
  const small: PlannedPart[] = [];
  for (const table of tables) {
    const parts = partsOf(table, splits.get(tableKey(table))).filter(({ part }) => !isDone(table, part));
    const isSmall = table.bytesEstimated < SMALL_BYTES && table.configurationFilter === null;
    if (isSmall) small.push(...parts);
    else tasks.push(...parts.map((part) => [part]));
  }
  const size = Math.min(BATCH_TABLES, Math.ceil(small.length / jobs));
  for (let at = 0; at < small.length; at += size) tasks.push(small.slice(at, at + size));
  return tasks;
}

function partsOf(table: SourceTable, split: TableSplit | undefined): PlannedPart[] {
  if (!split) return [{ table, part: 0, parts: 1, range: null }];
  const ranges = split.by === "key" ? keyRanges(split) : pageRanges(split);
  return ranges.map((range, part) => ({ table, part, parts: ranges.length, range }));
}

/** The last range is open: the heap may have grown since it was measured. */
function pageRanges({ pages, parts }: { pages: number; parts: number }): CopyRange[] {
  return Array.from({ length: parts }, (_, part) => ({
    from: part * pages,
    to: part === parts - 1 ? null : (part + 1) * pages,
  }));
}
