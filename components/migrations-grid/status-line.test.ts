import { describe, expect, it } from "vitest";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { migrationSummaryFixture } from "@/lib/migrations/testing/read-models";
import { countLine, offersCutover, rowPercent, statusLine } from "./status-line";

const copying = migrationSummaryFixture({
  name: "shop",
  sourceType: "AWS_RDS",
  bytesEstimated: 58.9e9,
  bytesCopied: 36.5e9,
  tablesTotal: 91,
  tablesCompleted: 60,
});
const waiting = {
  state: "WaitingForUserAction",
  substate: "WaitingForCutoverTrigger",
  tablesCompleted: 91,
} as const;
const ended = { substate: "Completed", endedAt: "2026-11-21T14:30:00Z" } as const;

describe("statusLine", () => {
  it.each<[string, Partial<MigrationSummary>]>([
    ["Migrating data, 36.5 of 58.9 GB", {}],
    ["Queued, waiting for a worker", { startedAt: null, substate: "PerformingPreRequisiteSteps" }],
    ["Validation in progress", { substate: "ValidationInProgress" }],
    ["Cancel requested 14:03:11 UTC", { cancelRequestedAt: "2026-11-21T14:03:11Z" }],
    ["Pause requested 14:03:11 UTC", { pauseRequestedAt: "2026-11-21T14:03:11Z" }],
    [
      "Since 14:03:12 UTC, 36.5 of 58.9 GB",
      { pauseRequestedAt: "2026-11-21T14:03:11Z", pausedAt: "2026-11-21T14:03:12Z" },
    ],
    ["Waiting for cutover, 1.2 s behind", { ...waiting, lagMs: 1_200 }],
    ["Waiting for cutover, caught up", { ...waiting, lagMs: 0 }],
    ["Migrating data, 41 s behind", { tablesCompleted: 91, lagMs: 41_000 }],
    ["Migrating data, 36.5 of 58.9 GB", { lagMs: 41_000 }],
    ["Cutover requested 14:03:11 UTC", { ...waiting, lagMs: 0, cutoverRequestedAt: "2026-11-21T14:03:11Z" }],
    ["Completed, 91 of 91 tables", { ...ended, state: "Succeeded", tablesCompleted: 91 }],
    ["Completed, validation passed", { ...ended, state: "Succeeded", option: "Validate" }],
    [
      "shop: the target's disk is full",
      { ...ended, state: "Failed", error: "shop: the target's disk is full" },
    ],
    [
      "Source: password authentication failed",
      { ...ended, state: "Failed", error: "Source db.example.com:5432: password authentication failed" },
    ],
    ["Stopped at: migrating data", { ...ended, state: "Failed" }],
    [
      "Canceled at 61% of the copy",
      { ...ended, state: "Canceled", cancelRequestedAt: "2026-11-21T14:03:11Z" },
    ],
    [
      "Canceled during: validation in progress",
      { ...ended, state: "Canceled", bytesEstimated: 0, lastActiveSubstate: "ValidationInProgress" },
    ],
  ])("is: %s", (line, over) => {
    expect(statusLine({ ...copying, ...over })).toBe(line);
  });
});

describe("rowPercent", () => {
  it("is there only while a planned copy is under way", () => {
    expect(rowPercent(copying)).toBe(61);
    expect(rowPercent({ ...copying, bytesEstimated: 0 })).toBeNull();
    expect(rowPercent({ ...copying, ...waiting, lagMs: 0 })).toBeNull();
    expect(rowPercent({ ...copying, ...ended, state: "Succeeded" })).toBeNull();
  });
});

describe("offersCutover", () => {
  it("asks once", () => {
    expect(offersCutover({ ...copying, ...waiting })).toBe(true);
    expect(offersCutover({ ...copying, ...waiting, cutoverRequestedAt: "2026-11-21T14:03:11Z" })).toBe(false);
    expect(offersCutover(copying)).toBe(false);
  });
});

describe("countLine", () => {
  it("says what is hidden and what waits", () => {
    const waiting: MigrationSummary = { ...copying, state: "WaitingForUserAction" };
    const done: MigrationSummary = { ...copying, ...ended, state: "Succeeded" };
    expect(countLine([copying, waiting, done], 3)).toBe(
      "3 migrations · 2 active, 1 of them waits for you · all times UTC",
    );
    expect(countLine([done], 0)).toBe("0 of 1 migrations · 0 active · all times UTC");
  });
});
