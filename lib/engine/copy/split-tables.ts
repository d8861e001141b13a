import type pg from "pg";
import { tableKey } from "../schema/restore-plan";
import { type KeyCut, readKeyCut } from "./key-cut";
import type { SourceTable } from "./list-tables";

/** How a table is cut: pages of each part but the last, which takes the rest; or by the values of a column. */
export type TableSplit = { by: "pages"; pages: number; parts: number } | ({ by: "key" } & KeyCut);

/** By tableKey(); a table without an entry is copied whole. */
export type TableSplits = ReadonlyMap<string, TableSplit>;

export interface SplitOptions {
  jobs: number;
  /** server_version_num of the source. */
  sourceVersion: number;
  /** A session within the copy's snapshot. */
  sourceClient: pg.Client;
}

const MIB = 1024 * 1024;
/** Smaller parts cost more in round trips and lost FREEZE than they win. */
const MIN_PART_BYTES = 32 * MIB;
/**
 * Streams into one table wait for each other to extend it, which is no loss while other tables are copied meanwhile. Of a
 * table with more than this share of all rows half as many are as fast, and cost the target less.
 */
const NEARLY_ALL_SHARE = 3 / 4;
/** What a restart has to do again of a table at most; parts much smaller than it would lose FREEZE for little. */
const PART_BYTES = 1024 * MIB;
/** Servers before 14 read the whole table for a range of ctids. */
export const TID_RANGE_SCAN = 140_000;

/**
 * Which tables are cut, and where: those with more than one connection's share of all rows, into as many parts as there are
 * connections (half as many of one that is nearly all there is), and those so large that a restart should not do them whole
 * again. Only a table that is left whole can be written frozen, which costs less. Into ranges of pages, or of an integer key
 * where the source would read the whole table for each range of pages. Throws when the session breaks.
 */
export async function splitTables(
  tables: readonly SourceTable[],
  { jobs, sourceVersion, sourceClient }: SplitOptions,
): Promise<TableSplits> {
  if (sourceVersion >= TID_RANGE_SCAN) return splitByPages(tables, jobs);
  const splits = new Map<string, TableSplit>();
  for (const [table, parts] of wantedParts(tables, jobs)) {
    if (!table.readable || table.rowSecurity) continue;
    const cut = await readKeyCut(sourceClient, table, parts);
    if (cut) splits.set(tableKey(table), { by: "key", ...cut });
  }
  return splits;
}

/** The same for a server that reads ranges of pages. */
export function splitByPages(tables: readonly SourceTable[], jobs: number): TableSplits {
  return new Map(
    wantedParts(tables, jobs).map(([table, parts]): [string, TableSplit] => {
      const pages = Math.ceil(table.pages / parts);
      return [tableKey(table), { by: "pages", pages, parts: Math.ceil(table.pages / pages) }];
    }),
  );
}

function wantedParts(tables: readonly SourceTable[], jobs: number): [SourceTable, number][] {
  const totalBytes = tables.reduce((sum, table) => sum + table.bytesEstimated, 0);
  return tables.flatMap((table): [SourceTable, number][] => {
    const { bytesEstimated, pages, columns } = table;
    if (!mayBeCut(table) || columns.length === 0) return [];
    const isBig = bytesEstimated > totalBytes / jobs;
    const isNearlyAll = bytesEstimated > totalBytes * NEARLY_ALL_SHARE;
    const streams = isNearlyAll ? Math.max(2, Math.ceil(jobs / 2)) : jobs;
    const share = jobs > 1 && isBig ? streams : 1;
    const wanted = Math.max(share, Math.round(bytesEstimated / PART_BYTES));
    const parts = Math.min(wanted, Math.floor(bytesEstimated / MIN_PART_BYTES), pages);
    return parts < 2 ? [] : [[table, parts]];
  });
}

/** A part is read by a query, and written beside others that stay when it is copied again. */
function mayBeCut({ configurationFilter, through, isUnqueryable }: SourceTable): boolean {
  return configurationFilter === null && through === null && !isUnqueryable;
}
