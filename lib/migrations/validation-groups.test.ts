import { describe, expect, it } from "vitest";
import type { ValidationDetails, ValidationSummaryItem } from "@/lib/migrations/validation-details";
import { countsText, filterGroup, groupReport, totalCounts } from "./validation-groups";

const START = "2026-11-21T13:58:20.000Z";

function item(
  type: string,
  state: ValidationSummaryItem["state"],
  ...messages: string[]
): ValidationSummaryItem {
  return {
    type,
    state,
    messages: messages.map((message) => ({ state, message, code: "X", remedy: "Do this.", objects: ["o"] })),
  };
}

const details: ValidationDetails = {
  status: "Failed",
  validationStartTimeInUtc: START,
  validationEndTimeInUtc: "2026-11-21T13:58:53.000Z",
  serverLevelValidationDetails: [
    { ...item("connectivity", "Succeeded", "Connected in 62 ms"), endedOn: "2026-11-21T13:58:22.000Z" },
    item("slots", "Warning", "Only one slot left"),
    item("version", "Failed", "Target is older"),
  ],
  dbLevelValidationDetails: [
    {
      databaseName: "ledger",
      startedOn: START,
      endedOn: "2026-11-21T13:58:28.000Z",
      summary: [item("connectivity", "Succeeded")],
    },
    {
      databaseName: "billing",
      startedOn: START,
      endedOn: "2026-11-21T13:58:34.000Z",
      summary: [item("extensions", "Failed", "hstore is missing", "pg_trgm is missing")],
    },
  ],
};

describe("groupReport", () => {
  const groups = groupReport(details);

  it("puts the instance first, then the databases with failures", () => {
    expect(groups.map((group) => group.database)).toEqual([null, "billing", "ledger"]);
  });

  it("puts failures before warnings and keeps passes apart", () => {
    expect(groups[0]?.findings.map((finding) => finding.rule)).toEqual(["version", "slots"]);
    expect(groups[0]?.passes).toEqual([
      { rule: "connectivity", type: "connectivity", detail: "Connected in 62 ms" },
    ]);
  });

  it("shows every message of a rule but counts the rule once", () => {
    expect(groups[1]?.findings).toHaveLength(2);
    expect(groups[1]?.counts).toEqual({ failed: 1, warnings: 0, notChecked: 0, passed: 0 });
    expect(totalCounts(groups)).toEqual({ failed: 2, warnings: 1, notChecked: 0, passed: 2 });
  });

  it("measures each group", () => {
    expect(groups.map((group) => group.durationMs)).toEqual([2_000, 14_000, 8_000]);
  });

  it("does not lose a failed rule that says nothing", () => {
    const silent = groupReport({ ...details, serverLevelValidationDetails: [item("odd", "Failed")] });
    expect(silent[0]?.findings[0]).toMatchObject({ rule: "odd", message: "odd did not pass.", code: null });
  });

  it("does not call a passed message inside a failed rule a finding", () => {
    const mixed: ValidationSummaryItem = {
      type: "extensions",
      state: "Failed",
      messages: [
        { state: "Succeeded", message: "plpgsql is there" },
        { state: "Failed", message: "hstore is missing" },
      ],
    };
    const found = groupReport({ ...details, serverLevelValidationDetails: [mixed] })[0]?.findings;
    expect(found?.map((finding) => finding.message)).toEqual(["hstore is missing"]);
  });
});

describe("rules of one ARM item", () => {
  const mixed: ValidationSummaryItem = {
    type: "ServerParametersValidation",
    state: "Failed",
    messages: [
      { state: "Succeeded", message: "Takes writes.", rule: "target-writable" },
      { state: "Warning", message: "Not checked.", rule: "target-replicas", notChecked: true },
      { state: "Warning", message: "Slots are left.", rule: "leftover-slots" },
      { state: "Failed", message: "May not create databases.", rule: "target-may-create-databases" },
    ],
  };
  const [instance] = groupReport({ ...details, serverLevelValidationDetails: [mixed] });

  it("are counted one by one", () => {
    expect(instance?.counts).toEqual({ failed: 1, warnings: 1, notChecked: 1, passed: 1 });
    expect(instance?.passes.map(({ rule }) => rule)).toEqual(["target-writable"]);
  });

  it("put what was not checked last, and never among the passes", () => {
    expect(instance?.findings.map(({ rule }) => rule)).toEqual([
      "target-may-create-databases",
      "leftover-slots",
      "target-replicas",
    ]);
    expect(instance && filterGroup(instance, "not-checked")?.findings).toHaveLength(1);
    expect(instance && filterGroup(instance, "warning")?.findings).toHaveLength(1);
  });
});

describe("filterGroup", () => {
  const [instance, billing] = groupReport(details);

  it("leaves what was asked for, or nothing", () => {
    if (!instance || !billing) throw new Error("two groups expected");
    expect(filterGroup(instance, "warning")?.findings.map((finding) => finding.rule)).toEqual(["slots"]);
    expect(filterGroup(instance, "warning")?.passes).toEqual([]);
    expect(filterGroup(instance, "passed")?.findings).toEqual([]);
    expect(filterGroup(billing, "passed")).toBeNull();
    expect(filterGroup(billing, "all")).toBe(billing);
  });
});

describe("words", () => {
  it("leave zeros out", () => {
    expect(countsText({ failed: 2, warnings: 1, notChecked: 3, passed: 41 })).toBe(
      "2 failed · 1 warning · 3 not checked · 41 passed",
    );
    expect(countsText({ failed: 0, warnings: 0, notChecked: 0, passed: 3 })).toBe("3 passed");
    expect(countsText({ failed: 0, warnings: 0, notChecked: 0, passed: 0 })).toBe("no checks");
  });
});
