import { expect, test } from "vitest";
import { formatLsn, maxLsn, parseLsn } from "./lsn";

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

test("the later of two positions is found by number, not by text", () => {
  expect(formatLsn(maxLsn(parseLsn("9/FFFFFFFF"), parseLsn("10/0")))).toBe("10/0");
  expect(maxLsn(5n, 7n)).toBe(7n);
});
