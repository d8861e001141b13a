import { limitText } from "@/components/dialogs/limits-form";
import { isFollowing } from "@/lib/migrations/following";
import { formatDuration, formatTimeLeft } from "@/lib/migrations/format-duration";
import {
  countNoun,
  formatByteRate,
  formatBytes,
  formatBytesOf,
  groupDigits,
} from "@/lib/migrations/format-quantity";
import { elapsedMs, formatClock, formatClockBriefly, formatDay } from "@/lib/migrations/format-time";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { pauseOf } from "@/lib/migrations/status";
import { groupReport, totalCounts } from "@/lib/migrations/validation-groups";
import { isTerminal } from "@/lib/migrations/vocabulary";
import type { CopyProgress } from "./copy-progress";
import { tableCounts } from "./database-status";
import { type Figure, figure, sentence, UNKNOWN } from "./figure";
import { downtimeFigure, followFigures } from "./follow-figures";
import { averageRate } from "./series";

const TIME_LEFT = "Time left";

/** The four figures under the phase rail, in order. `nowMs`: the server's present. */
export function figures(migration: MigrationDetails, progress: CopyProgress, nowMs: number): Figure[] {
  if (isFollowing(migration)) return [...followFigures(migration), durationFigure(migration, nowMs)];
  const copies = migration.option !== "Validate" && migration.state !== "ValidationFailed";
  return [
    copies ? progressFigure(migration, progress) : checksFigure(migration),
    ...(copies ? [downtimeFigure(migration) ?? throughputFigure(migration, progress)] : []),
    isTerminal(migration.state) ? resultFigure(migration) : endFigure(migration, progress, nowMs),
    durationFigure(migration, nowMs),
  ];
}

function progressFigure(migration: MigrationDetails, progress: CopyProgress): Figure {
  if (progress.percent === null) {
    return figure("Progress", UNKNOWN, uncopiedText(migration));
  }
  const ended = isTerminal(migration.state);
  const caption =
    migration.state === "Succeeded"
      ? `${formatBytes(migration.bytesCopied)} copied`
      : `${formatBytesOf(migration.bytesCopied, migration.bytesEstimated)}${ended ? " copied" : ", estimated"}`;
  return { ...figure("Progress", `${progress.percent}%`, caption), percent: progress.percent };
}

/** Why there is no percent: the status may already say that data is migrated while the schema still comes first. */
function uncopiedText({ state, substate, phases }: MigrationDetails): string {
  if (isTerminal(state)) return "Nothing was copied";
  if (substate !== "MigratingData") return "The copy has not begun";
  return phases.some(({ phase }) => phase === "copy") ? "No bytes so far" : "The schema comes first";
}

function checksFigure(migration: MigrationDetails): Figure {
  const report = migration.validation;
  if (!report) return figure("Checks", UNKNOWN, "The report appears when validation ends");
  // As the report itself counts them.
  const { failed, warnings, notChecked, passed } = totalCounts(groupReport(report));
  return figure("Checks", groupDigits(failed + warnings + notChecked + passed), `${passed} passed`);
}

function throughputFigure(migration: MigrationDetails, progress: CopyProgress): Figure {
  const average = averageRate(migration.samples, ({ bytesCopied }) => bytesCopied);
  if (isTerminal(migration.state)) {
    return average > 0
      ? { ...rateFigure(average), caption: "average over the copy" }
      : figure("Throughput", UNKNOWN, migration.bytesCopied > 0 ? "Was not measured" : "No data was copied");
  }
  const limit = limitText(migration.throttle);
  if (progress.bytesPerSecond === null || pauseOf(migration) === "paused") {
    const caption = progress.percent === null ? "Shown while data is copied" : "Not measured now";
    return figure("Throughput", UNKNOWN, limit === null ? caption : sentence(limit));
  }
  const jobs = migration.samples.at(-1)?.activeJobs ?? 0;
  // The limit explains the rate better than its average does.
  const caption = limit ?? `average ${formatByteRate(average)}, ${countNoun(jobs, "job")}`;
  return { ...rateFigure(progress.bytesPerSecond), caption };
}

function rateFigure(bytesPerSecond: number): Figure {
  const [value = UNKNOWN, unit = null] = formatByteRate(bytesPerSecond).split(" ");
  return { ...figure("Throughput", value, ""), unit };
}

function endFigure(migration: MigrationDetails, progress: CopyProgress, nowMs: number): Figure {
  const pause = pauseOf(migration);
  if (pause === "paused")
    return figure(TIME_LEFT, "Paused", `since ${formatClockBriefly(migration.pausedAt ?? "")} UTC`);
  if (pause === "pausing") return figure(TIME_LEFT, UNKNOWN, "Pausing");
  if (migration.state === "WaitingForUserAction")
    return figure("Waits for", "You", "Nothing moves until you answer");
  if (progress.stalledMs !== null) {
    const caption = "No bytes arrive; still connected";
    return figure(TIME_LEFT, `Stalled ${formatDuration(progress.stalledMs)}`, caption);
  }
  if (progress.indexing) {
    const value = progress.etaMs === null ? "All rows copied" : sentence(formatTimeLeft(progress.etaMs));
    return figure(TIME_LEFT, value, indexesText(migration));
  }
  if (progress.etaMs === null) {
    const begun = progress.percent !== null;
    const caption = begun ? "Estimated after 30 s of copying" : "Estimated once the copy runs";
    return figure(TIME_LEFT, UNKNOWN, caption);
  }
  const at = formatClockBriefly(new Date(nowMs + progress.etaMs).toISOString());
  return figure(TIME_LEFT, sentence(formatTimeLeft(progress.etaMs)), `until about ${at} UTC`);
}

function indexesText({ databaseProgress }: MigrationDetails): string {
  const built = databaseProgress.reduce((sum, database) => sum + database.indexesDone, 0);
  const total = databaseProgress.reduce((sum, database) => sum + database.indexesTotal, 0);
  return `${groupDigits(built)} of ${countNoun(total, "index", "indexes")} built`;
}

function resultFigure(migration: MigrationDetails): Figure {
  const report = migration.validation;
  if (migration.option === "Validate" || migration.state === "ValidationFailed") {
    const passed = report?.status !== "Failed" && migration.state === "Succeeded";
    return figure(
      "Result",
      passed ? "Passed" : RESULT_WORDS[migration.state],
      "Nothing was changed on either server",
    );
  }
  const counts = tableCounts(migration.databaseProgress);
  const total = counts.queued + counts.loading + counts.completed + counts.errored;
  if (total === 0) {
    const caption = migration.bytesCopied > 0 ? "No table was finished" : "No table was reached";
    return figure("Result", RESULT_WORDS[migration.state], caption);
  }
  return {
    ...figure(
      "Result",
      groupDigits(counts.completed),
      countNoun(counts.errored, "table failed", "tables failed"),
    ),
    unit: `of ${countNoun(total, "table")}`,
  };
}

const RESULT_WORDS: Record<MigrationDetails["state"], string> = {
  InProgress: UNKNOWN,
  WaitingForUserAction: UNKNOWN,
  CleaningUp: UNKNOWN,
  Canceled: "Canceled",
  Failed: "Failed",
  Succeeded: "Succeeded",
  ValidationFailed: "Not passed",
};

function durationFigure(migration: MigrationDetails, nowMs: number): Figure {
  if (migration.startedAt === null) {
    const age = formatDuration(elapsedMs(migration.createdAt, migration.endedAt, nowMs));
    return figure("Duration", UNKNOWN, `Queued for ${age}, by ${migration.createdBy}`);
  }
  const value = formatDuration(elapsedMs(migration.startedAt, migration.endedAt, nowMs));
  const ended = migration.endedAt !== null;
  const today = formatDay(new Date(nowMs).toISOString()) === formatDay(migration.startedAt);
  const start = `${today ? "" : `${formatDay(migration.startedAt)}, `}${formatClock(migration.startedAt)}`;
  return figure("Duration", value, `${ended ? "from" : "since"} ${start} UTC, by ${migration.createdBy}`);
}
