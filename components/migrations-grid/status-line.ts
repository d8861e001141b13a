import { allowedActions } from "@/lib/migrations/allowed-actions";
import { formatLag } from "@/lib/migrations/format-duration";
import { formatBytesOf, groupDigits } from "@/lib/migrations/format-quantity";
import { formatClock } from "@/lib/migrations/format-time";
import { percentOf } from "@/lib/migrations/progress";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { pauseOf, substateLabel } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";

/** Percent of a copy that runs, for the bar of its row; null when there is no bar to show. */
export function rowPercent(migration: MigrationSummary): number | null {
  if (isTerminal(migration.state) || migration.substate === "ValidationInProgress") return null;
  // What follows the source has been copied: its lag counts.
  if (followsWholly(migration)) return null;
  return percentOf({ ...migration, done: false });
}

/** True when nothing is left to copy and the target follows the source. */
function followsWholly({ lagMs, tablesTotal, tablesCompleted, tablesErrored }: MigrationSummary): boolean {
  return lagMs !== null && tablesCompleted + tablesErrored >= tablesTotal;
}

/** True when the row offers the cutover: it waits for it and nobody has asked. */
export function offersCutover(migration: MigrationSummary): boolean {
  return allowedActions(migration).cutover && migration.cutoverRequestedAt === null;
}

/** What explains a row's status: its substate and the one fact that matters there. */
export function statusLine(migration: MigrationSummary): string {
  if (!isTerminal(migration.state) && migration.cancelRequestedAt !== null) {
    return `Cancel requested ${formatClock(migration.cancelRequestedAt)} UTC`;
  }
  const pause = pauseOf(migration);
  if (pause !== null) return pauseLine(migration, pause);
  switch (migration.state) {
    case "InProgress":
    case "CleaningUp":
    case "WaitingForUserAction":
      return activeLine(migration);
    case "Succeeded":
      return migration.option === "Validate"
        ? "Completed, validation passed"
        : `Completed, ${tablesLine(migration)}`;
    case "ValidationFailed":
    case "Failed":
      return migration.error === null
        ? `Stopped at: ${substateLabel(migration.lastActiveSubstate).toLowerCase()}`
        : withoutAddress(migration.error);
    case "Canceled":
      return canceledLine(migration);
  }
}

/** "Source: refused" for "Source db.example.com:5432: refused": the row says elsewhere which servers they are. */
function withoutAddress(error: string): string {
  return error.replace(/^(Source|Target) \S+:\d+: /, "$1: ");
}

function pauseLine(migration: MigrationSummary, pause: "pausing" | "paused"): string {
  const { pauseRequestedAt, pausedAt, bytesCopied, bytesEstimated } = migration;
  if (pause === "pausing") return `Pause requested ${formatClock(pauseRequestedAt ?? "")} UTC`;
  const since = `Since ${formatClock(pausedAt ?? "")} UTC`;
  return bytesEstimated > 0 ? `${since}, ${formatBytesOf(bytesCopied, bytesEstimated)}` : since;
}

function activeLine(migration: MigrationSummary): string {
  if (migration.startedAt === null) return "Queued, waiting for a worker";
  if (migration.substate === "WaitingForTargetDBOverwriteConfirmation")
    return "Confirm overwrite on the target";
  if (migration.substate === "WaitingForCutoverTrigger" && migration.cutoverRequestedAt !== null) {
    return `Cutover requested ${formatClock(migration.cutoverRequestedAt)} UTC`;
  }
  const label = substateLabel(migration.substate);
  if (migration.lagMs !== null && followsWholly(migration)) {
    // The lag must not be cut off at the end of the line.
    const short = migration.substate === "WaitingForCutoverTrigger" ? "Waiting for cutover" : label;
    return `${short}, ${lagWords(migration.lagMs)}`;
  }
  const copying = migration.substate === "MigratingData" && migration.bytesEstimated > 0;
  return copying ? `${label}, ${formatBytesOf(migration.bytesCopied, migration.bytesEstimated)}` : label;
}

function lagWords(lagMs: number): string {
  return lagMs > 0 ? `${formatLag(lagMs)} behind` : formatLag(lagMs);
}

function canceledLine(migration: MigrationSummary): string {
  const percent = percentOf({ ...migration, done: false });
  if (percent !== null) return `Canceled at ${percent}% of the copy`;
  return `Canceled during: ${substateLabel(migration.lastActiveSubstate).toLowerCase()}`;
}

function tablesLine(migration: MigrationSummary): string {
  return `${groupDigits(migration.tablesCompleted)} of ${groupDigits(migration.tablesTotal)} tables`;
}

/** A row in one sentence for the screen reader's announcements. */
export function statusWords(migration: MigrationSummary, label: string): string {
  if (isTerminal(migration.state) || pauseOf(migration) !== null) return label;
  return `${label}, ${substateLabel(migration.substate).toLowerCase()}`;
}

/** "10 migrations · 4 active, 2 of them wait for you"; `shown`: how many of them the view leaves. */
export function countLine(migrations: readonly MigrationSummary[], shown: number): string {
  const total = migrations.length;
  const active = migrations.filter((migration) => !isTerminal(migration.state)).length;
  const waiting = migrations.filter((migration) => migration.state === "WaitingForUserAction").length;
  const count =
    shown < total
      ? `${shown} of ${total} migrations`
      : `${total} ${total === 1 ? "migration" : "migrations"}`;
  const wait = waiting > 0 ? `, ${waiting} of them ${waiting === 1 ? "waits" : "wait"} for you` : "";
  return `${count} · ${active} active${wait} · all times UTC`;
}
