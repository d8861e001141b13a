import { describe, expect, it } from "vitest";
import { ACTIVE_INTERVAL_MS, IDLE_INTERVAL_MS, liveState, pollIntervalMs } from "./poll-interval";

describe("pollIntervalMs", () => {
  it("is short only while something is active and the tab is visible", () => {
    expect(pollIntervalMs({ active: true, visible: true, paused: false })).toBe(ACTIVE_INTERVAL_MS);
    expect(pollIntervalMs({ active: true, visible: false, paused: false })).toBe(IDLE_INTERVAL_MS);
    expect(pollIntervalMs({ active: false, visible: true, paused: false })).toBe(IDLE_INTERVAL_MS);
  });

  it("never polls while paused", () => {
    expect(pollIntervalMs({ active: true, visible: true, paused: true })).toBe(false);
  });
});

describe("liveState", () => {
  it("tells a person's pause from a failing server", () => {
    expect(liveState({ paused: false, failed: false })).toBe("live");
    expect(liveState({ paused: false, failed: true })).toBe("retrying");
    expect(liveState({ paused: true, failed: true })).toBe("paused");
  });
});
