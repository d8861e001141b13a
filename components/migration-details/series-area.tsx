"use client";

import { Area, AreaChart, CartesianGrid, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { axisEnd, type SeriesPoint, tickLabel, timeTicks } from "./series";

const TICK = { fill: "var(--muted)", fontSize: 11 };

interface SeriesAreaProps {
  points: SeriesPoint[];
  format: (value: number) => string;
  /** Drawn as a dashed line as soon as the axis reaches it. */
  limit?: number | undefined;
}

/** The curve of a chart. Decorative: the figure around it says the same in words and as a table. */
export function SeriesArea({ points, format, limit }: SeriesAreaProps) {
  const ticks = timeTicks(points[0]?.at ?? 0, points.at(-1)?.at ?? 0);
  const end = axisEnd(Math.max(...points.map((point) => point.value), 0));
  // Where half of the end rounds to the end, the axis would say the same twice.
  const levels = format(end / 2) === format(end) ? [0, end] : [0, end / 2, end];
  return (
    <ResponsiveContainer width="100%" height={CHART_HEIGHT}>
      <AreaChart data={points} margin={{ top: 6, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          type="number"
          domain={["dataMin", "dataMax"]}
          ticks={ticks}
          tickFormatter={(at: number) => tickLabel(at, ticks)}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          height={18}
          minTickGap={24}
        />
        <YAxis
          orientation="right"
          domain={[0, end]}
          ticks={levels}
          tickFormatter={(value: number) => (value === 0 ? "0" : format(value).replace(".0 ", " "))}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          width={66}
        />
        <Area
          dataKey="value"
          type="linear"
          stroke="var(--run)"
          strokeWidth={1.5}
          fill="var(--run-tint)"
          fillOpacity={1}
          isAnimationActive={false}
          dot={false}
          activeDot={false}
        />
        {limit !== undefined && limit <= end && (
          <ReferenceLine y={limit} stroke="var(--warn)" strokeDasharray="4 3" />
        )}
      </AreaChart>
    </ResponsiveContainer>
  );
}

/** In CSS pixels; the placeholder keeps it so that nothing jumps. */
const CHART_HEIGHT = 116;
