"use client";

import { useMemo } from "react";
import { CUTOVER_LAG_LIMIT_MS } from "@/lib/migrations/following";
import { formatLag } from "@/lib/migrations/format-duration";
import { formatBytes, formatCount } from "@/lib/migrations/format-quantity";
import type { FollowSample } from "@/lib/migrations/read-model";
import { sentence, UNKNOWN } from "./figure";
import { averageRate, describeLevel, describeSeries, levelSeries, rateSeries } from "./series";
import { SeriesChart } from "./series-chart";

interface FollowChartsProps {
  samples: readonly FollowSample[];
  /** Nothing is followed any more: averages count, not the last moment. */
  ended: boolean;
}

/** How the target follows the source: lag in time and in WAL, and what is applied. */
export function FollowCharts({ samples, ended }: FollowChartsProps) {
  const lag = useMemo(() => levelSeries(samples, ({ lagMs }) => lagMs), [samples]);
  const behind = useMemo(() => levelSeries(samples, ({ lagBytes }) => lagBytes), [samples]);
  const applied = useMemo(() => rateSeries(samples, appliedOf), [samples]);
  const average = useMemo(() => averageRate(samples, appliedOf), [samples]);
  const last = samples.at(-1);
  if (!last || samples.length < 3) return null;
  return (
    <section aria-label="Change stream" className="grid items-start gap-4 max-md:gap-2 md:grid-cols-3">
      <SeriesChart
        title="Lag"
        points={lag}
        figure={ended ? UNKNOWN : sentence(formatLag(last.lagMs))}
        summary={describeLevel(lag, formatLag)}
        format={formatLag}
        formatTick={formatSeconds}
        limit={CUTOVER_LAG_LIMIT_MS}
      />
      <SeriesChart
        title="Behind the source"
        points={behind}
        figure={ended ? UNKNOWN : formatBytes(last.lagBytes)}
        summary={describeLevel(behind, formatBytes)}
        format={formatBytes}
        formatTick={formatBytes}
      />
      <SeriesChart
        title="Applied rows"
        points={applied}
        figure={formatRowRate(ended ? average : (applied.at(-1)?.value ?? 0))}
        summary={describeSeries(applied, average, formatRowRate)}
        format={formatRowRate}
        formatTick={formatCount}
      />
    </section>
  );
}

function appliedOf({ appliedChanges }: FollowSample): number {
  return appliedChanges;
}

function formatRowRate(rowsPerSecond: number): string {
  return `${formatCount(rowsPerSecond)} rows/s`;
}

/** An axis counts seconds; words are for figures. */
function formatSeconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`;
}
