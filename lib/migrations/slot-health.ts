import { formatBytes, formatBytesOf } from "./format-quantity";
import type { FollowedDatabase } from "./read-model";
import type { Status } from "./status";

type Slot = NonNullable<FollowedDatabase["slot"]>;

/** How much WAL a slot makes the source keep, against what it may. */
export interface WalBudget {
  status: Status;
  retainedBytes: number;
  /** Where the slot is given up; null: nothing limits it but the source's disk. */
  budgetBytes: number | null;
  /** 0 to 100; null without a budget. */
  percent: number | null;
  /** "312 MB of 10.0 GB" */
  text: string;
  /** Whose limit comes first. */
  limit: "migration" | "source" | null;
}

/** From here on the budget is worth a look, in percent; the worker warns at the same point. */
const HIGH_PERCENT = 75;
const CRITICAL_PERCENT = 90;

const SAFE: Status = { label: "Safe", tone: "ok", icon: "succeeded" };
const HIGH: Status = { label: "High", tone: "warn", icon: "warning" };
const CRITICAL: Status = { label: "Critical", tone: "bad", icon: "failed" };
const LOST: Status = { label: "Lost", tone: "bad", icon: "failed" };
const UNLIMITED: Status = { label: "No limit", tone: "off", icon: "skipped" };

/**
 * The budget of a slot: the migration's own limit or the rest the source grants (safe_wal_size), whichever ends first.
 * null while the source has not told. `walLimitBytes`: the migration's limit, null for none.
 */
export function walBudget(slot: Slot, walLimitBytes: number | null): WalBudget | null {
  const { retainedBytes, safeWalBytes, walStatus } = slot;
  if (retainedBytes === null) return null;
  const granted = safeWalBytes === null ? null : retainedBytes + Math.max(0, safeWalBytes);
  const own = walLimitBytes !== null && (granted === null || walLimitBytes <= granted);
  const budgetBytes = own ? walLimitBytes : granted;
  const percent =
    budgetBytes === null || budgetBytes <= 0
      ? null
      : Math.min(100, Math.floor((retainedBytes / budgetBytes) * 100));
  return {
    status: statusOf(walStatus, percent),
    retainedBytes,
    budgetBytes,
    percent,
    text: budgetBytes === null ? formatBytes(retainedBytes) : formatBytesOf(retainedBytes, budgetBytes),
    limit: budgetBytes === null ? null : own ? "migration" : "source",
  };
}

function statusOf(walStatus: string | null, percent: number | null): Status {
  if (walStatus === "lost") return LOST;
  // The source removes what the slot needs at its next checkpoint.
  if (walStatus === "unreserved") return CRITICAL;
  if (percent === null) return UNLIMITED;
  if (percent >= CRITICAL_PERCENT) return CRITICAL;
  return percent >= HIGH_PERCENT ? HIGH : SAFE;
}

const READ: Status = { label: "Active", tone: "ok", icon: "succeeded" };
const NOT_READ: Status = { label: "Not read", tone: "warn", icon: "warning" };
const UNKNOWN: Status = { label: "Not known", tone: "off", icon: "skipped" };

/** Whether the slot is there and something reads it; null: the source could not be asked. */
export function slotStatus(slot: FollowedDatabase["slot"]): Status {
  if (slot === null) return UNKNOWN;
  if (slot.walStatus === "lost") return LOST;
  return slot.isActive ? READ : NOT_READ;
}
