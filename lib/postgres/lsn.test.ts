import { expect, test } from "vitest";
import { compareLsn, formatLsn, maxLsn, parseLsn } from "./lsn";

test.each([
  ["0/0", 0n],
  ["0/15D6A58", 0x15d6a58n],
  ["16/B374D848", 0x16b374d848n],
  ["1/0", 0x1_0000_0000n],
  ["FFFFFFFF/FFFFFFFF", 0xffff_ffff_ffff_ffffn],
])("%s is read and printed", (text, lsn) => {
  expect(parseLsn(text)).toBe(lsn);
  expect(formatLsn(lsn)).toBe(text);
});

test("small letters and leading zeroes are read", () => {
  expect(parseLsn("0/0a")).toBe(10n);
});

test.each(["", "0", "0/", "/0", "g/0", "0/123456789", " 0/0", "0/0 ", "-1/0"])("%j is refused", (text) => {
  expect(() => parseLsn(text)).toThrow(RangeError);
});

test("what does not fit 64 bits is refused", () => {
  expect(() => formatLsn(-1n)).toThrow(RangeError);
  expect(() => formatLsn(1n << 64n)).toThrow(RangeError);
});

test("positions are compared as numbers, not as texts", () => {
  const sorted = ["A/0", "9/FFFFFFFF", "10/0"].map(parseLsn).sort(compareLsn).map(formatLsn);
  expect(sorted).toEqual(["9/FFFFFFFF", "A/0", "10/0"]);
  expect(compareLsn(5n, 5n)).toBe(0);
  expect(maxLsn(5n, 7n)).toBe(7n);
});
