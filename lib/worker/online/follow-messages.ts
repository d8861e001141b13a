import type { CutoverReport, Divergence } from "@/lib/engine/cdc/follow-options";
import type { ObjectFailure } from "@/lib/engine/events";
import type { UnfollowedTable } from "@/lib/migrations/follow-figures";
import { formatDuration } from "@/lib/migrations/format-duration";
import { countNoun, formatBytes, joinNames } from "@/lib/migrations/format-quantity";
import type { NewEvent } from "@/lib/store/events";

/** What a cutover took, in one sentence, and what is not on the target as it is on the source. */
export function describeCutover({ ms, unfollowed }: Pick<CutoverReport, "ms" | "unfollowed">): string {
  const time = ms < 10_000 ? `${Math.round(ms)} ms` : formatDuration(ms);
  if (unfollowed.length === 0) return `it took ${time}.`;
  const names = joinNames(unfollowed.map(({ schema, name, reason }) => `${schema}.${name} (${reason})`));
  return `it took ${time}. Not on the target as on the source: ${names}.`;
}

export function walWarning({
  retainedBytes,
  limitBytes,
}: {
  retainedBytes: number;
  limitBytes: number;
}): NewEvent {
  const percent = Math.round((retainedBytes / limitBytes) * 100);
  return {
    level: "warning",
    kind: "wal-warning",
    message: `The source keeps ${formatBytes(retainedBytes)} of WAL for the migration, ${percent} % of the limit of ${formatBytes(limitBytes)}. Beyond it the slot is dropped and the migration of this database fails.`,
    data: { retainedBytes, limitBytes },
  };
}

export function stoppedEvent({ schema, name, reason }: UnfollowedTable, failure: ObjectFailure): NewEvent {
  return {
    level: failure.severity,
    kind: "table-stopped",
    object: `${schema}.${name}`,
    message: failure.message,
    data: { reason, code: failure.code },
  };
}

const SHOWN_COLUMNS = 5;
const SHOWN_LENGTH = 60;

/** The failure with the row it is about, of which a table may have thousands: "... Row: id = 7, region = north." */
export function withKey(failure: ObjectFailure, { key }: Pick<Divergence, "key">): ObjectFailure {
  const columns = Object.entries(key);
  if (columns.length === 0) return failure;
  const shown = columns.slice(0, SHOWN_COLUMNS).map(([name, value]) => `${name} = ${shorten(value)}`);
  const rest = columns.length > SHOWN_COLUMNS ? ", ..." : ".";
  return { ...failure, message: `${failure.message} Row: ${shown.join(", ")}${rest}` };
}

function shorten(value: string | null): string {
  if (value === null) return "null";
  return value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value;
}

/** `isLast`: further ones are counted and not logged. */
export function divergedEvent(divergence: Divergence, failure: ObjectFailure, isLast: boolean): NewEvent {
  const { table, operation, key, lsn } = divergence;
  return {
    level: failure.severity,
    kind: "diverged",
    object: `${table.schema}.${table.name}`,
    message: isLast ? `${failure.message} Further ones are only counted.` : failure.message,
    data: { operation, key, lsn, code: failure.code },
  };
}

/** How a database whose cutover has ended is told. */
export function describeEnd(errors: readonly { code: string; count: number }[]): string {
  const total = errors.reduce((sum, { count }) => sum + count, 0);
  const codes = errors.map(({ code, count }) => (count === 1 ? code : `${code} (${count})`)).join(", ");
  return `Cut over, but with ${countNoun(total, "problem")} (${codes}); the rest is on the target.`;
}
