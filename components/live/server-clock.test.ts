import { describe, expect, it } from "vitest";
import { clockOffsetMs } from "./server-clock";

const now = Date.parse("2026-11-21T14:00:00Z");

describe("clockOffsetMs", () => {
  it("is zero while the clocks agree", () => {
    expect(clockOffsetMs("Sat, 21 Nov 2026 14:00:00 GMT", now, now + 80)).toBe(0);
    expect(clockOffsetMs("Sat, 21 Nov 2026 14:00:01 GMT", now, now + 80)).toBe(0);
    expect(clockOffsetMs(null, now, now)).toBe(0);
    expect(clockOffsetMs("yesterday", now, now)).toBe(0);
  });

  it("follows a browser whose clock is five minutes behind or ahead", () => {
    expect(clockOffsetMs("Sat, 21 Nov 2026 14:05:00 GMT", now, now)).toBe(300_500);
    expect(clockOffsetMs("Sat, 21 Nov 2026 13:55:00 GMT", now, now)).toBe(-299_500);
  });
});
