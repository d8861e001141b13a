"use client";

import { Area, AreaChart, CartesianGrid, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { axisEnd, type RatePoint, tickLabel, timeTicks } from "./rate-series";

const TICK = { fill: "var(--muted)", fontSize: 11 };

/** The curve of a chart. Decorative: the figure around it says the same in words and as a table. */
export function RateArea({ points, format }: { points: RatePoint[]; format: (rate: number) => string }) {
  const ticks = timeTicks(points[0]?.at ?? 0, points.at(-1)?.at ?? 0);
  const end = axisEnd(Math.max(...points.map((point) => point.rate), 0));
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
          ticks={[0, end / 2, end]}
          tickFormatter={(rate: number) => (rate === 0 ? "0" : format(rate).replace(".0 ", " "))}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          width={66}
        />
        <Area
          dataKey="rate"
          type="linear"
          stroke="var(--run)"
          strokeWidth={1.5}
          fill="var(--run-tint)"
          fillOpacity={1}
          isAnimationActive={false}
          dot={false}
          activeDot={false}
        />
      </AreaChart>
    </ResponsiveContainer>
  );
}

/** In CSS pixels; the placeholder keeps it so that nothing jumps. */
export const CHART_HEIGHT = 116;
