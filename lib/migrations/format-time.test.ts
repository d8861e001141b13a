import { describe, expect, it } from "vitest";
import { elapsedMs, formatClock, formatClockBriefly, formatDay, formatMoment } from "./format-time";

const iso = "2026-11-02T14:05:09.431Z";

describe("times", () => {
  it("are written in UTC whatever the machine's zone", () => {
    expect(formatClock(iso)).toBe("14:05:09");
    expect(formatClock("2026-11-02T23:30:00+02:00")).toBe("21:30:00");
    expect(formatClockBriefly(iso)).toBe("14:05");
    expect(formatDay(iso)).toBe("2 Nov 2026");
    expect(formatMoment(iso)).toBe("2 Nov 2026, 14:05:09 UTC");
  });

  it("run until now while there is no end, and never backwards", () => {
    const start = "2026-11-02T14:00:00.000Z";
    const now = Date.parse("2026-11-02T14:00:10.000Z");
    expect(elapsedMs(start, null, now)).toBe(10_000);
    expect(elapsedMs(start, "2026-11-02T14:00:03.000Z", now)).toBe(3_000);
    expect(elapsedMs(start, null, now - 60_000)).toBe(0);
  });
});
