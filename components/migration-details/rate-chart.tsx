"use client";

import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { formatClock } from "@/lib/migrations/format-time";
import type { Sample } from "@/lib/migrations/read-model";
import { averageRate, describeSeries, type RatePoint, rateSeries, tableRows } from "./rate-series";

// The chart library is larger than the rest of the page: it comes after it.
const RateArea = dynamic(() => import("./rate-area").then((module) => module.RateArea), {
  ssr: false,
  loading: () => <span className="block h-[116px] rounded-xs bg-surface" aria-hidden="true" />,
});

interface RateChartProps {
  title: string;
  samples: readonly Sample[];
  total: "bytesCopied" | "rowsCopied";
  format: (rate: number) => string;
  /** As `format`, for the axis, where room is short. */
  formatTick: (rate: number) => string;
  /** Nothing more is copied: the average counts, not the last moment. */
  ended: boolean;
}

/** A rate over time: curve, one sentence, and the same as a table. */
export function RateChart({ title, samples, total, format, formatTick, ended }: RateChartProps) {
  const points = useMemo(() => rateSeries(samples, total), [samples, total]);
  const average = useMemo(() => averageRate(samples, total), [samples, total]);
  const figure = ended ? average : points.at(-1)?.rate;
  return (
    <figure
      className="flex min-w-0 flex-col rounded-md border border-line px-4 pt-3 pb-2.5"
      aria-label={title}
    >
      <div className="flex items-baseline gap-2">
        <span className="text-table text-muted">{title}</span>
        <strong className="ml-auto font-semibold whitespace-nowrap">
          {figure === undefined ? "–" : format(figure)}
        </strong>
      </div>
      <div aria-hidden="true" className="mt-2 min-w-0">
        <RateArea points={points} format={formatTick} />
      </div>
      <figcaption className="mt-1 text-caption text-muted">
        {describeSeries(points, average, format)}
      </figcaption>
      <RateTable title={title} points={points} format={format} />
    </figure>
  );
}

function RateTable({
  title,
  points,
  format,
}: {
  title: string;
  points: readonly RatePoint[];
  format: (rate: number) => string;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="mt-1 min-h-6 w-fit text-caption text-accent hover:underline"
      >
        {open ? "Hide table" : "View as table"}
      </button>
      {open && (
        <table className="w-full text-caption">
          <caption className="sr-only">{title}, newest first, times in UTC</caption>
          <thead className="sr-only">
            <tr>
              <th scope="col">Time</th>
              <th scope="col">{title}</th>
            </tr>
          </thead>
          <tbody>
            {tableRows(points).map((point) => (
              <tr key={point.at} className="border-t border-line">
                <th scope="row" className="py-[3px] text-left font-normal">
                  {formatClock(new Date(point.at).toISOString())}
                </th>
                <td className="py-[3px] text-right">{format(point.rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
