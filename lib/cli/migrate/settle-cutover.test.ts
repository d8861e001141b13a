import { InvalidArgumentError } from "commander";
import { describe, expect, it, test } from "vitest";
import { duration } from "@/lib/cli/parse-options";
import type { FullMigration } from "@/lib/store/read-migrations";
import { onlineOptionsOf } from "./online-options";
import { lagOf } from "./settle-cutover";

const now = Date.parse("2026-11-21T10:00:10Z");

function database(lagMs: number, at: string, state = "WaitingForCutoverTrigger") {
  const counters = { inserts: 0, updates: 0, deletes: 0, truncates: 0, transactions: 0, divergences: 0 };
  const followFigures = {
    at,
    lagMs,
    lagBytes: 0,
    incomingChanges: 0,
    appliedChanges: 0,
    ...counters,
    slot: null,
  };
  return { state, followFigures } as unknown as FullMigration["databases"][number];
}

describe("the lag a cutover waits for", () => {
  it("is the longest of those that are left", () => {
    const databases = [
      database(40, "2026-11-21T10:00:09Z"),
      database(900, "2026-11-21T10:00:08Z"),
      database(90_000, "2026-11-21T09:00:00Z", "Failed"),
    ];
    expect(lagOf({ databases }, now)).toBe(900);
  });

  it("is not known while one has not told it lately", () => {
    const databases = [database(40, "2026-11-21T10:00:09Z"), database(0, "2026-11-21T10:00:01Z")];
    expect(lagOf({ databases }, now)).toBeNull();
  });
});

test.each([
  ["500ms", 500],
  ["1s", 1_000],
  ["1.5s", 1_500],
  ["2m", 120_000],
])("%s is a time", (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(["", "1", "s", "-1s", "0s", "1h", "1 s"])("%j is none", (text) => {
  expect(() => duration(text)).toThrow(InvalidArgumentError);
});

test("options of an online migration are refused for an offline one, by name", () => {
  expect(() => onlineOptionsOf({ mode: "Offline", cutoverWhenLagBelow: 1 })).toThrow(
    /--cutover-when-lag-below/,
  );
  expect(onlineOptionsOf({ mode: "Offline" })).toBeUndefined();
  expect(onlineOptionsOf({ mode: "Online", walLimit: 64 })).toEqual({ walLimitMegabytes: 64 });
});
