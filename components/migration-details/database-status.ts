import { countNoun, groupDigits } from "@/lib/migrations/format-quantity";
import type { DatabaseProgress } from "@/lib/migrations/read-model";

/** What a person sees a database do; one icon, tone and word each. */
export type DatabaseStatus =
  | "queued"
  | "schema"
  | "copying"
  | "indexing"
  | "finishing"
  | "done"
  | "failed"
  | "canceling"
  | "canceled"
  | "not-started";

/** The status of a database. `ended`: the migration is over, so what was not begun never will be. */
export function databaseStatus(database: DatabaseProgress, ended: boolean): DatabaseStatus {
  switch (database.state) {
    case "Failed":
      return "failed";
    case "Succeeded":
      return "done";
    case "Canceled":
      return "canceled";
    case "Canceling":
      return "canceling";
    case null:
      return ended ? "not-started" : "queued";
    case "InProgress":
    case "WaitingForCutoverTrigger":
      return PHASE_STATUS[database.phase];
  }
}

const PHASE_STATUS: Record<DatabaseProgress["phase"], DatabaseStatus> = {
  queued: "queued",
  schema: "schema",
  copy: "copying",
  indexes: "indexing",
  finish: "finishing",
  done: "done",
};

/** Percent of a database by bytes, 0 to 100; held at 99 until it is done, as sizes are estimates. */
export function databasePercent(database: DatabaseProgress): number {
  if (database.state === "Succeeded") return 100;
  if (database.bytesEstimated <= 0) return 0;
  return Math.min(99, Math.floor((100 * database.bytesCopied) / database.bytesEstimated));
}

/** Failed first, then what moves, what waits, what is done; inside a group in the order they were chosen. */
export function orderDatabases(databases: readonly DatabaseProgress[]): DatabaseProgress[] {
  return databases
    .map((database, position) => ({ database, position }))
    .sort((a, b) => rank(a.database) - rank(b.database) || a.position - b.position)
    .map(({ database }) => database);
}

function rank(database: DatabaseProgress): number {
  if (database.state === "Failed" || database.tablesErrored > 0) return 0;
  if (database.state === null) return 2;
  return database.state === "Succeeded" || database.state === "Canceled" ? 3 : 1;
}

export interface TableCounts {
  queued: number;
  loading: number;
  completed: number;
  errored: number;
}

/** Tables of one or more databases by state. */
export function tableCounts(databases: readonly DatabaseProgress[]): TableCounts {
  const sum = (pick: (database: DatabaseProgress) => number) =>
    databases.reduce((total, database) => total + pick(database), 0);
  return {
    queued: sum((database) => database.tablesQueued),
    loading: sum((database) => database.tablesLoading),
    completed: sum((database) => database.tablesCompleted),
    errored: sum((database) => database.tablesErrored),
  };
}

/** "43 copied · 3 copying · 1 queued · 0 errors"; once nothing is left to copy only what is copied and failed. */
export function tableCountsText(counts: TableCounts): string {
  const errors = countNoun(counts.errored, "error");
  const moving = counts.loading + counts.queued > 0;
  const parts = [`${groupDigits(counts.completed)} copied`];
  if (moving) parts.push(`${counts.loading} copying`, `${groupDigits(counts.queued)} queued`);
  return [...parts, errors].join(" · ");
}

/** The names a cancel could drop: what this migration itself created and nothing that was there before. */
export function droppableDatabases(databases: readonly DatabaseProgress[]): string[] {
  return databases.filter((database) => database.createdOnTarget).map((database) => database.name);
}
