import { serverNowMs } from "@/components/live/server-clock";
import { formatDuration } from "@/lib/migrations/format-duration";
import {
  countNoun,
  formatByteRate,
  formatBytes,
  formatBytesOf,
  formatCount,
  formatCountOf,
} from "@/lib/migrations/format-quantity";
import { percentOf } from "@/lib/migrations/progress";
import type { TableProgress } from "@/lib/migrations/read-model";
import { UNFOLLOWED_TEXTS } from "@/lib/migrations/unfollowed";

export interface TableFigures {
  percent: number;
  bytes: string;
  rows: string;
  /** null where there is none yet. */
  rate: string | null;
  rowRate: string | null;
  elapsed: string | null;
  /** Of an online migration: exact counts of what was applied since the copy; else null. */
  changes: { inserts: string; updates: string; deletes: string; total: string } | null;
}

/** The figures of one table's row. `nowMs`: the server's present, which ends the time of what still runs. */
export function tableFigures(table: TableProgress, nowMs = serverNowMs()): TableFigures {
  const completed = table.state === "completed";
  // Of a table that nobody has analysed there is no estimate, and one may be too low.
  const isMeasured = completed || table.rowsCopied > table.rowsEstimated;
  const elapsed = elapsedOf(table, nowMs);
  const rated = table.bytesCopied > 0 && elapsed !== null && elapsed > 0 && table.state !== "errored";
  return {
    percent: percentOf({ ...table, done: completed }) ?? 0,
    bytes: completed
      ? formatBytes(table.bytesCopied)
      : formatBytesOf(table.bytesCopied, table.bytesEstimated),
    rows: isMeasured ? formatCount(table.rowsCopied) : formatCountOf(table.rowsCopied, table.rowsEstimated),
    rate: rated ? formatByteRate((table.bytesCopied * 1000) / elapsed) : null,
    rowRate: rated && table.rowsCopied > 0 ? `${formatCount((table.rowsCopied * 1000) / elapsed)}/s` : null,
    elapsed: elapsed === null ? null : formatDuration(elapsed),
    changes: table.changes && changeFigures(table.changes),
  };
}

function changeFigures({ inserts, updates, deletes }: NonNullable<TableProgress["changes"]>) {
  return {
    inserts: formatCount(inserts),
    updates: formatCount(updates),
    deletes: formatCount(deletes),
    total: formatCount(inserts + updates + deletes),
  };
}

/**
 * Why a table stands as it does, where its status alone does not say; null otherwise. `startedAt`: when the migration's present
 * attempt began.
 */
export function tableNote(table: TableProgress, startedAt: string | null): string | null {
  if (table.error !== null) return table.error;
  if (table.unfollowed !== null) {
    const { label, remedy } = UNFOLLOWED_TEXTS[table.unfollowed];
    return `${label}. ${remedy}`;
  }
  if (table.state === "loading" && table.attempts > 1) {
    return `Try ${table.attempts}: the connection broke and the table began anew.`;
  }
  if (
    table.state === "completed" &&
    startedAt !== null &&
    table.endedAt !== null &&
    table.endedAt < startedAt
  ) {
    return "Kept from an earlier attempt.";
  }
  const truncates = table.changes?.truncates ?? 0;
  if (truncates > 0) {
    return `Truncated on the source ${truncates === 1 ? "once" : countNoun(truncates, "time")} since the copy.`;
  }
  if (table.state === "completed" && table.attempts > 1) return `Copied in ${table.attempts} tries.`;
  return null;
}

function elapsedOf(table: TableProgress, nowMs: number): number | null {
  if (table.startedAt === null) return null;
  const end = table.endedAt === null ? nowMs : Date.parse(table.endedAt);
  return Math.max(0, end - Date.parse(table.startedAt));
}
