import { formatDuration } from "@/lib/migrations/format-duration";
import { formatClock, formatClockBriefly } from "@/lib/migrations/format-time";

export interface SeriesPoint {
  /** Milliseconds since the epoch, end of the interval. */
  at: number;
  /** Per second over the interval that ends here; of a level the highest in it. */
  value: number;
}

/** Something measured at an ISO 8601 time. */
interface Measured {
  at: string;
}

/** Points a chart draws at most; more would be finer than its pixels. */
const MAX_POINTS = 120;

/**
 * Rates per second out of running totals, oldest first, averaged to at most 120 intervals. A total that falls (a table
 * begun anew after a lost connection) counts as no progress, not as negative progress.
 */
export function rateSeries<T extends Measured>(
  samples: readonly T[],
  totalOf: (sample: T) => number,
): SeriesPoint[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last) return [];
  const interval = (Date.parse(last.at) - Date.parse(first.at)) / MAX_POINTS;
  const points: SeriesPoint[] = [];
  let from = first;
  for (const sample of samples.slice(1)) {
    const elapsed = Date.parse(sample.at) - Date.parse(from.at);
    if (elapsed <= 0 || (elapsed < interval * 0.999 && sample !== last)) continue;
    const value = Math.max(0, ((totalOf(sample) - totalOf(from)) * 1000) / elapsed);
    points.push({ at: Date.parse(sample.at), value });
    from = sample;
  }
  return points;
}

/** A level over time, oldest first, at most 120 points; of the samples a point stands for it has the highest, so that no peak is lost. */
export function levelSeries<T extends Measured>(
  samples: readonly T[],
  levelOf: (sample: T) => number,
): SeriesPoint[] {
  const size = Math.max(1, Math.ceil(samples.length / MAX_POINTS));
  const points: SeriesPoint[] = [];
  for (let start = 0; start < samples.length; start += size) {
    const group = samples.slice(start, start + size);
    const last = group.at(-1);
    if (last) points.push({ at: Date.parse(last.at), value: Math.max(...group.map(levelOf)) });
  }
  return points;
}

/** One sentence that says what the chart of a level shows: how it stands and its peak. */
export function describeLevel(points: readonly SeriesPoint[], format: (level: number) => string): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return "No data yet.";
  const peak = highest(points, first);
  const span = formatDuration(last.at - first.at);
  if (peak.value === 0) return `Nothing in ${span}.`;
  return `Highest ${format(peak.value)} at ${formatClockBriefly(new Date(peak.at).toISOString())} UTC, in ${span}.`;
}

function highest(points: readonly SeriesPoint[], first: SeriesPoint): SeriesPoint {
  return points.reduce((best, point) => (point.value > best.value ? point : best), first);
}

/** Average per second over the whole series of totals; 0 for fewer than two samples. */
export function averageRate<T extends Measured>(
  samples: readonly T[],
  totalOf: (sample: T) => number,
): number {
  const first = samples[0];
  const last = samples.at(-1);
  const elapsed = first && last ? Date.parse(last.at) - Date.parse(first.at) : 0;
  if (!first || !last || elapsed <= 0) return 0;
  return Math.max(0, ((totalOf(last) - totalOf(first)) * 1000) / elapsed);
}

/** One sentence that says what the chart shows. `format` writes a rate with its unit. */
export function describeSeries(
  points: readonly SeriesPoint[],
  average: number,
  format: (rate: number) => string,
): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return "No data yet.";
  const peak = highest(points, first);
  const span = formatDuration(last.at - first.at);
  const when = formatClockBriefly(new Date(peak.at).toISOString());
  return points.length < 3
    ? `Average ${format(average)}.`
    : `Average ${format(average)} over ${span}, highest ${format(peak.value)} at ${when} UTC.`;
}

/**
 * The chart as a table of at most `limit` rows, newest first: the newest point, and before it the highest of every span of equally
 * many, so that no peak of the curve is missing.
 */
export function tableRows(points: readonly SeriesPoint[], limit = 12): SeriesPoint[] {
  const [newest, ...earlier] = points.toReversed();
  if (!newest) return [];
  const step = Math.max(1, Math.ceil(earlier.length / (limit - 1)));
  const highest = (from: number) =>
    earlier.slice(from, from + step).reduce((one, other) => (other.value > one.value ? other : one));
  const spans = Math.ceil(earlier.length / step);
  return [newest, ...Array.from({ length: spans }, (_, span) => highest(span * step))];
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `value`: where an axis ends. */
export function axisEnd(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= value * 0.9999) ?? 10;
  return step * power;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TICK_STEPS = [
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];
const MAX_TICKS = 5;

/** Round times between two moments for the axis of a chart, at most five; milliseconds since the epoch. */
export function timeTicks(from: number, to: number): number[] {
  const step =
    TICK_STEPS.find((candidate) => (to - from) / candidate <= MAX_TICKS) ?? (to - from) / MAX_TICKS;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks.length > MAX_TICKS ? ticks.slice(1) : ticks;
}

/** A tick's time: "14:05", or with seconds when the ticks are closer than a minute. */
export function tickLabel(at: number, ticks: readonly number[]): string {
  const iso = new Date(at).toISOString();
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return step > 0 && step < MINUTE ? formatClock(iso) : formatClockBriefly(iso);
}
