import { describe, expect, it } from "vitest";
import { throttleOptions } from "@/lib/migrations/contract";
import { limitsFormOf, limitsProblems, limitText, NO_LIMITS, throttleOf } from "./limits-form";

describe("limits", () => {
  it.each([
    { megabytesPerSecond: "", connections: "" },
    { megabytesPerSecond: " 0.5 ", connections: "1" },
    { megabytesPerSecond: "100000", connections: "64" },
  ])("that the form accepts are accepted by the contract: %o", (form) => {
    expect(limitsProblems(form)).toEqual({});
    expect(throttleOptions.safeParse(throttleOf(form)).success).toBe(true);
  });

  it.each([
    ["0", ""],
    ["fast", ""],
    ["-1", ""],
    ["1e3", ""],
    ["100001", ""],
    ["", "0"],
    ["", "65"],
    ["", "2.5"],
  ])("are refused with a word at the field: %s MB/s, %s connections", (megabytesPerSecond, connections) => {
    expect(Object.keys(limitsProblems({ megabytesPerSecond, connections }))).toHaveLength(1);
  });

  it("survive the way into the form and back", () => {
    const throttle = { megabytesPerSecond: 2.5, connections: null };
    expect(throttleOf(limitsFormOf(throttle))).toEqual(throttle);
    expect(throttleOf(NO_LIMITS)).toEqual({ megabytesPerSecond: null, connections: null });
  });

  it("are told in one phrase", () => {
    expect(limitText({ megabytesPerSecond: 5, connections: 2 })).toBe("limit 5 MB/s, 2 connections");
    expect(limitText({ megabytesPerSecond: null, connections: 1 })).toBe("limit 1 connection");
    expect(limitText({ megabytesPerSecond: null, connections: null })).toBeNull();
  });
});
