import { CUTOVER_LAG_LIMIT_MS, cutoverResults, longestMs } from "@/lib/migrations/following";
import { formatLag, formatShortTime, formatTimeLeft } from "@/lib/migrations/format-duration";
import { countNoun, formatBytes, formatCount, groupDigits } from "@/lib/migrations/format-quantity";
import { formatClockBriefly } from "@/lib/migrations/format-time";
import type { FollowSample, MigrationDetails, OnlineDetails } from "@/lib/migrations/read-model";
import { pauseOf } from "@/lib/migrations/status";
import { type Figure, figure, sentence, UNKNOWN } from "./figure";

/** What the rate of applied rows is measured over, in milliseconds. */
const RATE_SPAN_MS = 10_000;
/** What the pace of catching up is measured over, and the least of it that is no guess, in milliseconds. */
const PACE_SPAN_MS = 60_000;
const PACE_AFTER_MS = 10_000;

const CATCH_UP = "Time to catch up";

/** The first three figures while the target follows the source: how far behind, how fast, until when. */
export function followFigures(migration: MigrationDetails): Figure[] {
  const { online } = migration;
  if (online === null) return [];
  return [lagFigure(migration, online), appliedFigure(online), catchUpFigure(migration, online)];
}

/** What the cutover took, of a migration that had one; null otherwise. */
export function downtimeFigure({ online }: MigrationDetails): Figure | null {
  const results = cutoverResults(online?.databases ?? [], "cutover");
  const ms = longestMs(results);
  if (ms === null) return null;
  const caption = `from the request to the end, ${countNoun(results.length, "database")}`;
  return figure("Downtime", formatShortTime(ms), caption);
}

function lagFigure({ lagMs }: MigrationDetails, { databases }: OnlineDetails): Figure {
  const value = sentence(formatLag(lagMs ?? 0));
  const worst = databases.reduce<(typeof databases)[number] | null>(
    (most, database) => (most === null || database.lagMs > most.lagMs ? database : most),
    null,
  );
  if (worst === null || lagMs === 0) return figure("Lag", value, "Nothing is pending");
  const name = databases.length > 1 ? `${worst.name}, ` : "";
  return figure("Lag", value, `${name}${formatBytes(worst.lagBytes)} behind`);
}

function appliedFigure({ databases, samples }: OnlineDetails): Figure {
  const total = databases.reduce((sum, { appliedChanges }) => sum + appliedChanges, 0);
  const caption = `${groupDigits(total)} ${total === 1 ? "change" : "changes"} so far`;
  const rate = slope(recent(samples, RATE_SPAN_MS), ({ appliedChanges }) => appliedChanges);
  if (rate === null) return figure("Applied", UNKNOWN, caption);
  return { ...figure("Applied", formatCount(Math.max(0, rate)), caption), unit: "rows/s" };
}

function catchUpFigure(migration: MigrationDetails, { databases, samples }: OnlineDetails): Figure {
  const pause = pauseOf(migration);
  if (pause === "paused") {
    return figure(CATCH_UP, "Paused", `since ${formatClockBriefly(migration.pausedAt ?? "")} UTC`);
  }
  if (pause === "pausing") return figure(CATCH_UP, UNKNOWN, "Pausing");
  const lagMs = migration.lagMs ?? 0;
  if (lagMs === 0) return figure(CATCH_UP, "0 s", "The target has everything");
  if (lagMs <= CUTOVER_LAG_LIMIT_MS) {
    return figure(CATCH_UP, "A few seconds", "once writes to the source stop");
  }
  const behind = databases.reduce((sum, { lagBytes }) => sum + lagBytes, 0);
  const pace = slope(recent(samples, PACE_SPAN_MS), ({ lagBytes }) => -lagBytes, PACE_AFTER_MS);
  if (pace === null) return figure(CATCH_UP, UNKNOWN, "Estimated after 10 s of following");
  if (pace <= 0) return figure(CATCH_UP, "Not shrinking", "The source writes as fast as changes are applied");
  return figure(CATCH_UP, sentence(formatTimeLeft((behind / pace) * 1_000)), "at the present pace");
}

function recent(samples: readonly FollowSample[], spanMs: number): FollowSample[] {
  const newest = Date.parse(samples.at(-1)?.at ?? "");
  return samples.filter(({ at }) => Date.parse(at) >= newest - spanMs);
}

/** Growth per second between the first and the last sample; null when they are not at least `leastMs` apart. */
function slope(
  samples: readonly FollowSample[],
  of: (sample: FollowSample) => number,
  leastMs = 1,
): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return null;
  const ms = Date.parse(last.at) - Date.parse(first.at);
  return ms < leastMs ? null : ((of(last) - of(first)) * 1_000) / ms;
}
