import { describe, expect, it } from "vitest";
import type { Sample } from "@/lib/migrations/read-model";
import {
  averageRate,
  axisEnd,
  describeLevel,
  describeSeries,
  levelSeries,
  rateSeries,
  tableRows,
  tickLabel,
  timeTicks,
} from "./series";

const bytes = (sample: Sample) => sample.bytesCopied;
const rows = (sample: Sample) => sample.rowsCopied;
const T0 = Date.parse("2026-11-21T14:00:00Z");

/** Samples of [second, bytes copied so far]. */
function samples(...series: [number, number][]): Sample[] {
  return series.map(([second, bytes]) => ({
    at: new Date(T0 + second * 1000).toISOString(),
    bytesCopied: bytes,
    rowsCopied: bytes * 2,
    activeJobs: 4,
  }));
}

describe("rateSeries", () => {
  it("is the growth per second between samples", () => {
    const points = rateSeries(samples([0, 0], [1, 100], [3, 500]), bytes);
    expect(points).toEqual([
      { at: T0 + 1000, value: 100 },
      { at: T0 + 3000, value: 200 },
    ]);
    expect(rateSeries(samples([0, 0], [1, 100]), rows)[0]?.value).toBe(200);
  });

  it("counts a total that falls as standstill", () => {
    const points = rateSeries(samples([0, 900], [1, 100], [2, 300]), bytes);
    expect(points.map((point) => point.value)).toEqual([0, 200]);
  });

  it("averages 720 samples to 120 points and loses no byte", () => {
    const many = samples(...Array.from({ length: 721 }, (_, i): [number, number] => [i, i * i]));
    const points = rateSeries(many, bytes);
    expect(points).toHaveLength(120);
    let from = T0;
    let sum = 0;
    for (const point of points) {
      sum += (point.value * (point.at - from)) / 1000;
      from = point.at;
    }
    expect(sum).toBeCloseTo(720 * 720, 3);
  });

  it("has nothing to say about less than two samples", () => {
    expect(rateSeries([], bytes)).toEqual([]);
    expect(rateSeries(samples([0, 5]), bytes)).toEqual([]);
    expect(averageRate(samples([0, 5]), bytes)).toBe(0);
  });
});

describe("describeSeries", () => {
  const format = (rate: number) => `${Math.round(rate)} B/s`;

  it("names average, span and peak", () => {
    const series = samples([0, 0], [60, 600], [120, 3600], [180, 4200]);
    const points = rateSeries(series, bytes);
    const average = averageRate(series, bytes);
    expect(describeSeries(points, average, format)).toBe(
      "Average 23 B/s over 2 min, highest 50 B/s at 14:02 UTC.",
    );
  });

  it("claims no more than it knows", () => {
    expect(describeSeries([], 0, format)).toBe("No data yet.");
    expect(describeSeries([{ at: T0, value: 4 }], 4, format)).toBe("Average 4 B/s.");
  });
});

describe("levelSeries", () => {
  it("keeps the peaks of what it leaves out", () => {
    const many = samples(...Array.from({ length: 720 }, (_, i): [number, number] => [i, i === 100 ? 9 : 1]));
    const points = levelSeries(many, bytes);
    expect(points).toHaveLength(120);
    expect(points.filter(({ value }) => value === 9)).toHaveLength(1);
    expect(points.at(-1)?.at).toBe(T0 + 719_000);
  });

  it("is described by its peak", () => {
    const format = (level: number) => `${level} s`;
    expect(describeLevel(levelSeries(samples([0, 1], [60, 4], [120, 2]), bytes), format)).toBe(
      "Highest 4 s at 14:01 UTC, in 2 min.",
    );
    expect(describeLevel(levelSeries(samples([0, 0], [60, 0]), bytes), format)).toBe("Nothing in 1 min.");
    expect(describeLevel([], format)).toBe("No data yet.");
  });
});

describe("tableRows", () => {
  it("is short, newest first", () => {
    const points = Array.from({ length: 30 }, (_, i) => ({ at: T0 + i, value: i }));
    const shown = tableRows(points, 12);
    expect(shown).toHaveLength(11);
    expect(shown[0]?.value).toBe(29);
    expect(shown.at(-1)?.value).toBe(1);
    expect(tableRows(points.slice(0, 3)).map(({ value }) => value)).toEqual([2, 1, 0]);
    expect(tableRows([])).toEqual([]);
  });

  it("has every peak, and the newest even where it is none", () => {
    const points = Array.from({ length: 600 }, (_, i) => ({ at: T0 + i, value: i === 431 ? 9 : 0 }));
    const shown = tableRows(points);
    expect(shown.filter(({ value }) => value === 9)).toEqual([{ at: T0 + 431, value: 9 }]);
    expect(shown[0]).toEqual({ at: T0 + 599, value: 0 });
    expect(shown).toHaveLength(12);
  });
});

describe("axisEnd", () => {
  it.each([
    [0, 1],
    [1, 1],
    [43.2, 50],
    [21, 25],
    [51, 100],
    [318_000, 500_000],
    [0.3, 0.5],
  ])("of %d is %d", (value, end) => {
    expect(axisEnd(value)).toBe(end);
  });
});

describe("timeTicks", () => {
  const labels = (from: number, to: number) => {
    const ticks = timeTicks(from, to);
    return ticks.map((at) => tickLabel(at, ticks));
  };

  it("are round times inside the span", () => {
    expect(labels(T0 + 40_000, T0 + 16 * 60_000)).toEqual(["14:05", "14:10", "14:15"]);
    expect(labels(T0 + 1_000, T0 + 61_000)).toEqual(["14:00:15", "14:00:30", "14:00:45", "14:01:00"]);
    expect(labels(T0, T0 + 20 * 3_600_000)).toEqual(["18:00", "00:00", "06:00"]);
  });

  it("are never more than five, however long it took", () => {
    for (const hours of [0.01, 0.3, 1, 5, 30, 200]) {
      const ticks = timeTicks(T0, T0 + hours * 3_600_000);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(5);
    }
  });
});
