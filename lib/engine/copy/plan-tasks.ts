import { tableKey } from "../schema/restore-plan";
import type { PageRange } from "./copy-statements";
import type { SourceTable } from "./list-tables";

/** A table, or a part of its pages, to be copied in one transaction of the target. */
export interface PlannedPart {
  table: SourceTable;
  /** 0-based, and how many there are of the table. */
  part: number;
  parts: number;
  /** null for the whole table. */
  range: PageRange | null;
}

/** How a table is cut: pages of each part but the last, which takes the rest. */
export interface TableSplit {
  pages: number;
  parts: number;
}

/** By tableKey(); a table without an entry is copied whole. */
export type TableSplits = ReadonlyMap<string, TableSplit>;

export interface SplitOptions {
  jobs: number;
  /** server_version_num of the source. */
  sourceVersion: number;
}

const MIB = 1024 * 1024;
/** Smaller parts cost more in round trips and lost FREEZE than they win. */
const MIN_PART_BYTES = 32 * MIB;
/**
 * A table with more than this share of all rows is cut even where few connections could copy it beside the rest: it has to be
 * there early, since its indexes are built when all others' are.
 */
const BIG_SHARE = 1 / 4;
/** What a restart has to do again of a table at most; parts much smaller than it would lose FREEZE for little. */
const PART_BYTES = 1024 * MIB;
/** Tables below it go together: the round trips of a table alone would take longer than its rows. */
const SMALL_BYTES = MIB;
const BATCH_TABLES = 25;
/** Servers before 14 read the whole table for a range of ctids. */
const TID_RANGE_SCAN = 140_000;

/**
 * Which tables are cut into ranges of pages: those with a big share of all rows, into
 * as many parts as there are connections, and those so large that a restart should not do them whole again.
 */
export function splitTables(tables: readonly SourceTable[], options: SplitOptions): TableSplits {
  const totalBytes = tables.reduce((sum, table) => sum + table.bytesEstimated, 0);
  return new Map(
    tables.flatMap((table): [string, TableSplit][] => {
      const split = splitOf(table, totalBytes, options);
      return split ? [[tableKey(table), split]] : [];
    }),
  );
}

function splitOf(table: SourceTable, totalBytes: number, options: SplitOptions): TableSplit | null {
  const { jobs, sourceVersion } = options;
  const { bytesEstimated, pages, columns, configurationFilter } = table;
  if (sourceVersion < TID_RANGE_SCAN || configurationFilter !== null || columns.length === 0) return null;
  const isBig = bytesEstimated > totalBytes * Math.min(BIG_SHARE, 1 / jobs);
  const share = jobs > 1 && isBig ? jobs : 1;
  const wanted = Math.max(share, Math.round(bytesEstimated / PART_BYTES));
  const count = Math.min(wanted, Math.floor(bytesEstimated / MIN_PART_BYTES), pages);
  if (count < 2) return null;
  const step = Math.ceil(pages / count);
  return { pages: step, parts: Math.ceil(pages / step) };
}

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

/** The last range is open: the heap may have grown since it was measured. */
function partsOf(table: SourceTable, split: TableSplit | undefined): PlannedPart[] {
  if (!split) return [{ table, part: 0, parts: 1, range: null }];
  const { pages, parts } = split;
  return Array.from({ length: parts }, (_, part) => ({
    table,
    part,
    parts,
    range: { from: part * pages, to: part === parts - 1 ? null : (part + 1) * pages },
  }));
}
