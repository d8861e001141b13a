"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { formatClock } from "@/lib/migrations/format-time";
import { type SeriesPoint, tableRows } from "./series";

// The chart library is larger than the rest of the page: it comes after it.
const SeriesArea = dynamic(() => import("./series-area").then((module) => module.SeriesArea), {
  ssr: false,
  loading: () => <span className="block h-[116px] rounded-xs bg-surface" aria-hidden="true" />,
});

interface SeriesChartProps {
  title: string;
  points: SeriesPoint[];
  /** What counts now, in the chart's heading. */
  figure: string;
  /** One sentence that says what the curve shows. */
  summary: string;
  format: (value: number) => string;
  /** As `format`, for the axis, where room is short. */
  formatTick: (value: number) => string;
  limit?: number;
}

/** Something measured over time: curve, one sentence, and the same as a table. */
export function SeriesChart(props: SeriesChartProps) {
  const { title, points, figure, summary, format, formatTick, limit } = props;
  return (
    <figure
      className="flex min-w-0 flex-col rounded-md border border-line px-4 pt-3 pb-2.5"
      aria-label={title}
    >
      <div className="flex items-baseline gap-2">
        <span className="text-table text-muted">{title}</span>
        <strong className="ml-auto font-semibold whitespace-nowrap">{figure}</strong>
      </div>
      <div aria-hidden="true" className="mt-2 min-w-0">
        <SeriesArea points={points} format={formatTick} limit={limit} />
      </div>
      <figcaption className="mt-1 text-caption text-muted">{summary}</figcaption>
      <SeriesTable title={title} points={points} format={format} />
    </figure>
  );
}

function SeriesTable({
  title,
  points,
  format,
}: {
  title: string;
  points: readonly SeriesPoint[];
  format: (value: number) => string;
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
        <span className="sr-only"> of {title}</span>
      </button>
      {open && (
        <table className="w-full text-caption">
          <caption className="sr-only">{title}, the highest of each span, newest first, times in UTC</caption>
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
                <td className="py-[3px] text-right">{format(point.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
