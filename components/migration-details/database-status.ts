import { countNoun, groupDigits } from "@/lib/migrations/format-quantity";
import { percentOf } from "@/lib/migrations/progress";
import type { DatabaseProgress } from "@/lib/migrations/read-model";
import { databaseStatus, PAUSED, type Status } from "@/lib/migrations/status";

/** What a database's state means beside its migration's: nothing runs after the end, nor during a pause. */
export type Rest = "ended" | "paused" | null;

/**
 * How a database is shown: its state, and while it is in progress the phase in words. What was not begun when its migration
 * ended never will be.
 */
export function databaseLook(database: DatabaseProgress, rest: Rest): Status {
  const ended = rest === "ended";
  const status = databaseStatus(database.state);
  if (database.state === "InProgress" && rest === "paused") return PAUSED;
  if (database.state === null) return ended ? { ...status, label: "Not started", icon: "skipped" } : status;
  if (database.state === "WaitingForCutoverTrigger") return { ...status, label: "Following" };
  return database.state === "InProgress" ? { ...status, label: PHASE_WORDS[database.phase] } : status;
}

const PHASE_WORDS: Record<DatabaseProgress["phase"], string> = {
  queued: "Starting",
  schema: "Creating schema",
  copy: "Copying",
  indexes: "Indexing",
  finish: "Finishing",
  "catch-up": "Catching up",
  cutover: "Cutting over",
  done: "Finishing",
};

/** Percent of a database by bytes, 0 to 100; 0 before it was planned. One that follows its source has been copied. */
export function databasePercent(database: DatabaseProgress): number {
  const copied = database.phase === "catch-up" || database.phase === "cutover";
  return percentOf({ ...database, done: copied || database.state === "Succeeded" }) ?? 0;
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
