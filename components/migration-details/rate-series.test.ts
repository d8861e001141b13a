import { describe, expect, it } from "vitest";
import type { Sample } from "@/lib/migrations/read-model";
import {
  averageRate,
  axisEnd,
  describeSeries,
  rateSeries,
  tableRows,
  tickLabel,
  timeTicks,
} from "./rate-series";

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
    const points = rateSeries(samples([0, 0], [1, 100], [3, 500]), "bytesCopied");
    expect(points).toEqual([
      { at: T0 + 1000, rate: 100 },
      { at: T0 + 3000, rate: 200 },
    ]);
    expect(rateSeries(samples([0, 0], [1, 100]), "rowsCopied")[0]?.rate).toBe(200);
  });

  it("counts a total that falls as standstill", () => {
    const points = rateSeries(samples([0, 900], [1, 100], [2, 300]), "bytesCopied");
    expect(points.map((point) => point.rate)).toEqual([0, 200]);
  });

  it("averages 720 samples to 120 points and loses no byte", () => {
    const many = samples(...Array.from({ length: 721 }, (_, i): [number, number] => [i, i * i]));
    const points = rateSeries(many, "bytesCopied");
    expect(points).toHaveLength(120);
    let from = T0;
    let bytes = 0;
    for (const point of points) {
      bytes += (point.rate * (point.at - from)) / 1000;
      from = point.at;
    }
    expect(bytes).toBeCloseTo(720 * 720, 3);
  });

  it("has nothing to say about less than two samples", () => {
    expect(rateSeries([], "bytesCopied")).toEqual([]);
    expect(rateSeries(samples([0, 5]), "bytesCopied")).toEqual([]);
    expect(averageRate(samples([0, 5]), "bytesCopied")).toBe(0);
  });
});

describe("describeSeries", () => {
  const format = (rate: number) => `${Math.round(rate)} B/s`;

  it("names average, span and peak", () => {
    const series = samples([0, 0], [60, 600], [120, 3600], [180, 4200]);
    const points = rateSeries(series, "bytesCopied");
    const average = averageRate(series, "bytesCopied");
    expect(describeSeries(points, average, format)).toBe(
      "Average 23 B/s over 2 min, highest 50 B/s at 14:02 UTC.",
    );
  });

  it("claims no more than it knows", () => {
    expect(describeSeries([], 0, format)).toBe("No data yet.");
    expect(describeSeries([{ at: T0, rate: 4 }], 4, format)).toBe("Average 4 B/s.");
  });
});

describe("tableRows", () => {
  it("is short, newest first", () => {
    const points = Array.from({ length: 30 }, (_, i) => ({ at: T0 + i, rate: i }));
    const rows = tableRows(points, 12);
    expect(rows).toHaveLength(10);
    expect(rows[0]?.rate).toBe(29);
    expect(rows.at(-1)?.rate).toBe(2);
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
