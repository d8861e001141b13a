import { describe, expect, it } from "vitest";
import {
  countNoun,
  formatByteRate,
  formatBytes,
  formatBytesOf,
  formatCount,
  formatCountOf,
  groupDigits,
  joinNames,
} from "./format-quantity";

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [812, "812 B"],
    [999, "999 B"],
    [1_500, "1.5 kB"],
    [412_000_000, "412 MB"],
    [999_600_000, "1.0 GB"],
    [58_900_000_000, "58.9 GB"],
    [1_240_000_000_000, "1.2 TB"],
    [9_000_000_000_000_000, "9.0 PB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("keeps both numbers of a ratio in one unit", () => {
    expect(formatBytesOf(36_500_000_000, 58_900_000_000)).toBe("36.5 of 58.9 GB");
    expect(formatBytesOf(0, 2_100_000_000)).toBe("0 of 2.1 GB");
    expect(formatBytesOf(20_000_000, 2_100_000_000)).toBe("0.02 of 2.1 GB");
    expect(formatBytesOf(70_000, 60_000)).toBe("70.0 of 60.0 kB");
  });

  it("names rates per second", () => {
    expect(formatByteRate(41_840_000)).toBe("41.8 MB/s");
  });
});

describe("counts", () => {
  it("shortens large ones", () => {
    expect(formatCount(847)).toBe("847");
    expect(formatCount(12_700)).toBe("12.7 k");
    expect(formatCount(147_000_000)).toBe("147 M");
    expect(formatCountOf(84_000_000, 147_000_000)).toBe("84.0 of 147 M");
  });

  it("groups digits and agrees with the noun", () => {
    expect(groupDigits(1_234_567)).toBe("1,234,567");
    expect(groupDigits(999)).toBe("999");
    expect(countNoun(1, "table")).toBe("1 table");
    expect(countNoun(5000, "table")).toBe("5,000 tables");
    expect(countNoun(2, "index", "indexes")).toBe("2 indexes");
  });

  it("joins names as a sentence does", () => {
    expect(joinNames([])).toBe("");
    expect(joinNames(["a"])).toBe("a");
    expect(joinNames(["a", "b"])).toBe("a and b");
    expect(joinNames(["a", "b", "c"])).toBe("a, b and c");
    expect(joinNames(["a", "b", "c", "d", "e", "f"])).toBe("a, b, c, d and 2 more");
  });
});
