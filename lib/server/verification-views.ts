import { oneOf } from "@/lib/arm/json-values";
import type { VerificationSummary } from "@/lib/migrations/read-model";
import {
  VERIFICATION_ITEM_STATES,
  VERIFIED_KINDS,
  type VerificationDetails,
  type VerificationItemView,
  type VerificationRowView,
} from "@/lib/migrations/verification";
import { VERIFICATION_STATES } from "@/lib/migrations/vocabulary";
import type { ItemRow, VerificationWithTotals } from "@/lib/store/verifications/read-verifications";
import { isoOf } from "./migration-views";

const BYTES_PER_MEGABYTE = 1_000_000;

/** A verification as the migration's details list it. */
export function verificationSummaryOf(row: VerificationWithTotals): VerificationSummary {
  const { totals } = row;
  return {
    id: row.id,
    kind: oneOf(["at-end", "on-demand"], row.kind, "on-demand"),
    state: oneOf(VERIFICATION_STATES, row.state, "queued"),
    requestedBy: row.requestedBy,
    databases: row.databases,
    itemsTotal: totals.total,
    itemsDone: totals.done,
    itemsDifferent: totals.different,
    itemsUnchecked: totals.unchecked,
    bytesEstimated: totals.bytesEstimated,
    bytesRead: totals.bytesRead,
    error: row.error,
    errorCode: row.errorCode,
    cancelRequestedAt: isoOf(row.cancelRequestedAt),
    createdAt: row.createdAt.toISOString(),
    startedAt: isoOf(row.startedAt),
    endedAt: isoOf(row.endedAt),
    version: row.version,
  };
}

/** A verification with what was asked of it. */
export function verificationDetailsOf(row: VerificationWithTotals): VerificationDetails {
  const bytes = row.throttleBytesPerSecond;
  return {
    ...verificationSummaryOf(row),
    onlyTables: row.onlyTables,
    throttle: {
      megabytesPerSecond: bytes === null ? null : Number(bytes) / BYTES_PER_MEGABYTE,
      connections: row.throttleConnections,
    },
  };
}

/** One thing that was compared. */
export function verificationItemOf(row: ItemRow): VerificationItemView {
  return {
    ...row,
    id: row.id.toString(),
    kind: oneOf(VERIFIED_KINDS, row.kind, "table"),
    state: oneOf(VERIFICATION_ITEM_STATES, row.state, "unchecked"),
    bytesEstimated: Number(row.bytesEstimated),
    bytesRead: Number(row.bytesRead),
  };
}

/** As the store has it. */
export interface DifferingRow {
  id: bigint;
  kind: string;
  key: unknown;
  source: unknown;
  target: unknown;
  repair: string | null;
}

/** A row that differs. */
export function verificationRowOf(row: DifferingRow): VerificationRowView {
  return {
    id: row.id.toString(),
    kind: oneOf(["missing", "extra", "changed"], row.kind, "changed"),
    key: valuesOf(row.key) ?? {},
    source: valuesOf(row.source),
    target: valuesOf(row.target),
    repair: row.repair,
  };
}

/** Columns with their values as text; null when there is no row. */
export function valuesOf(json: unknown): Record<string, string | null> | null {
  if (typeof json !== "object" || json === null) return null;
  return Object.fromEntries(
    Object.entries(json).map(([column, value]) => [column, value === null ? null : String(value)]),
  );
}
