import type { TableSort } from "@/lib/migrations/read-model";
import type { TableOrder } from "./use-table-pages";

export const SORT_LABELS: Record<TableSort, string> = {
  name: "Table",
  bytes: "Copied",
  rows: "Rows",
  rate: "Rate",
  rowRate: "Rows/s",
  duration: "Elapsed",
  changes: "Changes",
  inserts: "Inserts",
  updates: "Updates",
  deletes: "Deletes",
};

/** The orders that have a column in the list of an offline and of an online migration. */
export const OFFLINE_SORTS: readonly TableSort[] = ["name", "bytes", "rows", "rate", "rowRate", "duration"];
export const ONLINE_SORTS: readonly TableSort[] = [
  "name",
  "bytes",
  "rows",
  "changes",
  "inserts",
  "updates",
  "deletes",
  "duration",
];

/** The order after a click on a column: its natural first direction, then the other, then none. */
export function nextOrder(order: TableOrder | null, by: TableSort): TableOrder | null {
  const largestFirst = by !== "name";
  if (order?.by !== by) return { by, descending: largestFirst };
  return order.descending === largestFirst ? { by, descending: !largestFirst } : null;
}

/** What `aria-sort` says of a column. */
export function ariaSort(order: TableOrder | null, by: TableSort): "ascending" | "descending" | undefined {
  if (order?.by !== by) return undefined;
  return order.descending ? "descending" : "ascending";
}
