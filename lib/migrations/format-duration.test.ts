import { describe, expect, it } from "vitest";
import {
  formatAge,
  formatDuration,
  formatDurationBriefly,
  formatLag,
  formatShortTime,
  formatTimeLeft,
} from "./format-duration";

const MIN = 60_000;
const H = 60 * MIN;

describe("formatLag and formatShortTime", () => {
  it.each([
    [0, "caught up", "0 ms"],
    [40, "0.1 s", "40 ms"],
    [1_240, "1.2 s", "1.2 s"],
    [9_949, "9.9 s", "9.9 s"],
    [9_960, "10 s", "10 s"],
    [185_000, "3 min 5 s", "3 min 5 s"],
  ])("of %d ms", (ms, lag, took) => {
    expect(formatLag(ms)).toBe(lag);
    expect(formatShortTime(ms)).toBe(took);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [-5, "0 s"],
    [Number.NaN, "0 s"],
    [420, "0.4 s"],
    [949, "0.9 s"],
    [950, "1 s"],
    [41_200, "41 s"],
    [59_600, "1 min"],
    [19 * MIN + 15_000, "19 min 15 s"],
    [59 * MIN + 59_900, "1 h"],
    [16 * H + 51 * MIN + 40_000, "16 h 51 min"],
    [24 * H, "1 d"],
    [51 * H, "2 d 3 h"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("drops seconds in columns", () => {
    expect(formatDurationBriefly(41_000)).toBe("41 s");
    expect(formatDurationBriefly(19 * MIN + 55_000)).toBe("19 min");
    expect(formatDurationBriefly(3 * H + 12 * MIN)).toBe("3 h 12 min");
  });

  it("rounds the time left to what is known", () => {
    expect(formatTimeLeft(4_000)).toBe("a few seconds");
    expect(formatTimeLeft(33_000)).toBe("about 30 s");
    expect(formatTimeLeft(9 * MIN + 10_000)).toBe("about 9 min");
    expect(formatTimeLeft(2 * H + 13 * MIN)).toBe("about 2 h 10 min");
    expect(formatTimeLeft(11 * H + 20 * MIN)).toBe("about 11 h");
  });

  it("counts the age of data in whole seconds", () => {
    expect(formatAge(400)).toBe("0 s");
    expect(formatAge(3_900)).toBe("3 s");
    expect(formatAge(3 * MIN)).toBe("3 min");
  });
});
