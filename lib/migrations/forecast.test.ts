import { describe, expect, it } from "vitest";
import { type ForecastFigures, forecastRemainingMs } from "./forecast";
import type { RateSample } from "./progress";
import { RECORDED_MOVES, type RecordedMove } from "./testing/recorded-moves";
import { TINY_TABLES } from "./testing/recorded-tiny-tables";

const MB = 1_000_000;

/** The forecast of a recorded move at its moment `index`. */
function forecastAt(move: RecordedMove, index: number): number | null {
  const moments = move.moments.slice(0, index + 1);
  const [, bytesCopied, arrivedBytesEstimated, arrivedBytesCopied, indexesDone, arrivedRowsEstimated] =
    moments.at(-1) ?? [0, 0, 0, 0, 0, 0];
  const { moments: _, name: __, totalMs: ___, ...planned } = move;
  return forecastRemainingMs(
    {
      ...planned,
      bytesCopied,
      arrivedBytesEstimated,
      arrivedBytesCopied,
      arrivedRowsEstimated,
      indexesDone,
      done: false,
    },
    moments.map(([atMs, bytes]) => ({ atMs, bytesCopied: bytes })),
  );
}

/** As errorAt(), when `share` of the bytes had been relayed. */
function errorAtBytes(move: RecordedMove, share: number): number {
  const total = move.moments.at(-1)?.[1] ?? 0;
  const [atMs = 0] = move.moments.find(([, bytes]) => bytes >= share * total) ?? [];
  return errorAt(move, atMs / move.totalMs);
}

/** Part of the time that was left by which the forecast was wrong, when `share` of the whole had passed. */
function errorAt(move: RecordedMove, share: number): number {
  const index = move.moments.findIndex(([atMs]) => atMs >= share * move.totalMs);
  const left = move.totalMs - (move.moments[index]?.[0] ?? 0);
  const forecast = forecastAt(move, index) ?? Number.POSITIVE_INFINITY;
  return Math.abs(forecast - left) / left;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(half)], sorted[Math.ceil(half)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

describe("forecast of recorded moves", () => {
  it("is wrong by less than a fifth when a quarter of the time has passed, or of the bytes", () => {
    expect(median(RECORDED_MOVES.map((move) => errorAt(move, 0.25)))).toBeLessThan(0.2);
    expect(median(RECORDED_MOVES.map((move) => errorAtBytes(move, 0.25)))).toBeLessThan(0.2);
  });

  it("is never absurd from a quarter to the end", () => {
    for (const move of RECORDED_MOVES) {
      for (const share of [0.25, 0.4, 0.6, 0.75]) {
        expect(errorAt(move, share), `${move.name} at ${share}`).toBeLessThan(0.7);
      }
    }
  });

  it("sees soon that tables of a few rows relay far less than their pages", () => {
    for (const share of [0.25, 0.5, 0.75])
      expect(errorAtBytes(TINY_TABLES, share), `${share}`).toBeLessThan(0.7);
  });

  it("counts on the work that follows when all rows are copied", () => {
    for (const move of RECORDED_MOVES) {
      const copied = move.moments.findIndex(([, , finished]) => finished >= move.bytesEstimated);
      expect(forecastAt(move, copied) ?? 0, move.name).toBeGreaterThan(0.03 * move.totalMs);
    }
  });
});

/** 1 GB of tables and nothing else, of which a tenth is through, relayed as it is. */
const plain: ForecastFigures = {
  bytesEstimated: 1000 * MB,
  bytesCopied: 0,
  arrivedBytesEstimated: 100 * MB,
  arrivedBytesCopied: 100 * MB,
  rowsEstimated: 0,
  arrivedRowsEstimated: 0,
  indexBytesEstimated: 0,
  indexesTotal: 0,
  indexesDone: 0,
  tablesTotal: 1,
  done: false,
};

/** One sample a second at these rates, in MB/s; the figures at its end with them. */
function copied(...rates: number[]): [ForecastFigures, RateSample[]] {
  const samples: RateSample[] = [{ atMs: 0, bytesCopied: 0 }];
  for (const rate of rates) {
    const last = samples.at(-1) ?? { atMs: 0, bytesCopied: 0 };
    samples.push({ atMs: last.atMs + 1000, bytesCopied: last.bytesCopied + rate * MB });
  }
  return [{ ...plain, bytesCopied: samples.at(-1)?.bytesCopied ?? 0 }, samples];
}

const seconds = (count: number, rate: number) => Array.from({ length: count }, () => rate);

describe("forecastRemainingMs", () => {
  it("divides what is left, the finish included, by the rate", () => {
    const [figures, samples] = copied(...seconds(40, 10));
    // 600 MB of rows and 50 of finish at 10 MB/s.
    expect((forecastRemainingMs(figures, samples) ?? 0) / 65_000).toBeCloseTo(1, 1);
  });

  it("follows a limit that was set", () => {
    const free = forecastRemainingMs(...copied(...seconds(40, 10))) ?? 0;
    const limited = forecastRemainingMs(...copied(...seconds(40, 10), ...seconds(120, 1))) ?? 0;
    expect(limited).toBeGreaterThan(3 * free);
  });

  it("learns from finished tables how many bytes a table comes to", () => {
    const [figures, samples] = copied(...seconds(40, 10));
    // Half of the tables is through, with 0.8 relayed bytes per byte of a table.
    const dense = { ...figures, arrivedBytesEstimated: 500 * MB, arrivedBytesCopied: 400 * MB };
    expect(forecastRemainingMs(dense, samples)).toBeLessThan(forecastRemainingMs(figures, samples) ?? 0);
  });

  it("takes small rows for more work than large ones", () => {
    const [figures, samples] = copied(...seconds(40, 10));
    // Large values so far; as many bytes again of small rows are to come.
    const mixed = { ...figures, rowsEstimated: 5_000_000, arrivedRowsEstimated: 40_000 };
    expect(forecastRemainingMs(mixed, samples)).toBeGreaterThan(
      1.5 * (forecastRemainingMs(figures, samples) ?? 0),
    );
    const even = { ...figures, rowsEstimated: 5_000_000, arrivedRowsEstimated: 2_000_000 };
    expect(
      (forecastRemainingMs(even, samples) ?? 0) / (forecastRemainingMs(figures, samples) ?? 1),
    ).toBeCloseTo(1, 1);
  });

  it("takes indexes that are to be built into account", () => {
    const [figures, samples] = copied(...seconds(40, 10));
    const indexed = { ...figures, indexBytesEstimated: 500 * MB, indexesTotal: 4 };
    const without = forecastRemainingMs(figures, samples) ?? 0;
    expect(forecastRemainingMs(indexed, samples)).toBeGreaterThan(1.3 * without);
    const unknown = forecastRemainingMs({ ...indexed, indexBytesEstimated: null }, samples);
    expect(unknown).toBeGreaterThan(without);
  });

  it("does not take rows kept from an earlier attempt for a rate", () => {
    const [, before] = copied(...seconds(40, 10));
    const [last] = before.slice(-1);
    const at = (last?.atMs ?? 0) + 600_000;
    const again = [
      { atMs: at, bytesCopied: 0 },
      { atMs: at + 1000, bytesCopied: 400 * MB },
      ...[1, 2, 3, 4, 5, 6].map((second) => ({
        atMs: at + 1000 + second * 1000,
        bytesCopied: (400 + second * 10) * MB,
      })),
    ];
    const forecast = forecastRemainingMs({ ...plain, bytesCopied: 460 * MB }, [...before, ...again]) ?? 0;
    // 540 MB of rows and 50 of finish at 10 MB/s.
    expect(forecast).toBeGreaterThan(50_000);
    expect(forecast).toBeLessThan(90_000);
  });

  it("says nothing when it cannot know", () => {
    const [figures, samples] = copied(10, 10);
    expect(forecastRemainingMs({ ...figures, done: true }, samples)).toBeNull();
    expect(forecastRemainingMs({ ...figures, bytesEstimated: 0 }, samples)).toBeNull();
    expect(forecastRemainingMs(figures, [])).toBeNull();
    expect(forecastRemainingMs({ ...figures, bytesCopied: 0 }, [{ atMs: 0, bytesCopied: 0 }])).toBeNull();
  });
});
