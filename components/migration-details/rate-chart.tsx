"use client";

import { useMemo } from "react";
import type { Sample } from "@/lib/migrations/read-model";
import { averageRate, describeSeries, rateSeries } from "./series";
import { SeriesChart } from "./series-chart";

interface RateChartProps {
  title: string;
  samples: readonly Sample[];
  total: "bytesCopied" | "rowsCopied";
  format: (rate: number) => string;
  /** As `format`, for the axis, where room is short. */
  formatTick: (rate: number) => string;
  /** Nothing more is copied: the average counts, not the last moment. */
  ended: boolean;
  /** Said instead of an average as long as nothing was counted. */
  untilCounted?: string;
}

/** A rate of the copy over time. */
export function RateChart(props: RateChartProps) {
  const { title, samples, total, format, formatTick, ended, untilCounted } = props;
  const points = useMemo(() => rateSeries(samples, (sample) => sample[total]), [samples, total]);
  const average = useMemo(() => averageRate(samples, (sample) => sample[total]), [samples, total]);
  const uncounted = untilCounted !== undefined && !ended && average === 0;
  const figure = uncounted ? undefined : ended ? average : points.at(-1)?.value;
  return (
    <SeriesChart
      title={title}
      points={points}
      figure={figure === undefined ? "–" : format(figure)}
      summary={uncounted ? untilCounted : describeSeries(points, average, format)}
      format={format}
      formatTick={formatTick}
    />
  );
}
