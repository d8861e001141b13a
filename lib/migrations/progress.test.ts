import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentOf, type RateSample, smoothedRate, stalledSeconds } from "./progress";

const MB = 1_000_000;

/** One sample a second at the given totals. */
function everySecond(...totals: number[]): RateSample[] {
  return totals.map((bytesCopied, second) => ({ atMs: second * 1000, bytesCopied }));
}

describe("percentOf", () => {
  it("is unknown before the plan and 100 only when done", () => {
    expect(percentOf({ bytesEstimated: 0, bytesCopied: 0, done: false })).toBeNull();
    expect(percentOf({ bytesEstimated: 100, bytesCopied: 100, done: false })).toBe(99);
    expect(percentOf({ bytesEstimated: 100, bytesCopied: 250, done: false })).toBe(99);
    expect(percentOf({ bytesEstimated: 0, bytesCopied: 0, done: true })).toBe(100);
  });

  it("never falls while bytes grow, and rounds down", () => {
    expect(percentOf({ bytesEstimated: 1000, bytesCopied: 629, done: false })).toBe(62);
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }), (a, b, bytesEstimated) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
          (bytesCopied) => percentOf({ bytesEstimated, bytesCopied, done: false }) ?? -1,
        );
        expect(more).toBeGreaterThanOrEqual(less ?? 0);
      }),
    );
  });
});

describe("smoothedRate", () => {
  it("is the rate itself when it is steady", () => {
    expect(smoothedRate(everySecond(0, MB, 2 * MB, 3 * MB))).toBeCloseTo(MB);
    expect(smoothedRate(everySecond(5))).toBeNull();
  });

  it("lies between the slowest and the fastest second and leans to the present", () => {
    const totals = [0];
    for (let second = 1; second <= 300; second++) {
      totals.push((totals.at(-1) ?? 0) + (second <= 60 ? 10 * MB : MB));
    }
    const rate = smoothedRate(everySecond(...totals)) ?? 0;
    expect(rate).toBeGreaterThan(MB);
    expect(rate).toBeLessThan(2 * MB);
  });

  it("does not take a pause for slowness", () => {
    const before = everySecond(0, 10 * MB, 20 * MB, 30 * MB);
    const after = [0, 1, 2, 3].map((second) => ({
      atMs: 3_600_000 + second * 1000,
      bytesCopied: (30 + second * 10) * MB,
    }));
    expect(smoothedRate([...before, ...after]) ?? 0).toBeGreaterThan(MB);
  });

  it("overlooks a table that is begun anew", () => {
    expect(smoothedRate(everySecond(0, 10 * MB, 2 * MB, 12 * MB))).toBeCloseTo(10 * MB);
  });
});

describe("stalledSeconds", () => {
  it("counts from the last growth", () => {
    const samples = everySecond(0, MB, 2 * MB, 2 * MB, 2 * MB);
    expect(stalledSeconds(samples, 4_000)).toBe(2);
    expect(stalledSeconds(samples, 9_900)).toBe(7);
    expect(stalledSeconds(everySecond(0, MB), 1_500)).toBe(0);
    expect(stalledSeconds([], 1_500)).toBe(0);
  });

  it("counts from the first sample when nothing ever grew", () => {
    expect(stalledSeconds(everySecond(0, 0, 0), 5_000)).toBe(5);
  });
});
