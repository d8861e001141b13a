import { describe, expect, it } from "vitest";
import type { DatabaseProgress, Problem } from "@/lib/migrations/read-model";
import { databaseProgressFixture } from "@/lib/migrations/testing/read-models";
import { failureSummary, remedyOf } from "./failure-summary";

function database(name: string, state: DatabaseProgress["state"], createdOnTarget = true): DatabaseProgress {
  return databaseProgressFixture({ name, state, phase: "done", createdOnTarget });
}

const problem: Problem = {
  at: "2026-11-21T14:00:00Z",
  database: "crm",
  severity: "error",
  kind: "table",
  object: "public.t",
  code: "DISK_FULL",
  sqlState: "53100",
  message: "",
  remedy: "",
  statement: null,
};

const failed: Parameters<typeof failureSummary>[0] = {
  state: "Failed",
  error: "1 of 2 databases failed.",
  errorCode: "DISK_FULL",
  lastActiveSubstate: "MigratingData",
  targetName: "pg-flex",
  mode: "Offline",
  problems: [],
  problemsTotal: 0,
  databaseProgress: [
    database("shop", "Succeeded"),
    database("crm", "Failed"),
    database("old", "Failed", false),
  ],
};

describe("failureSummary", () => {
  it("tells what is on the target and that the source is unchanged", () => {
    const summary = failureSummary(failed);
    expect(summary?.title).toBe("1 of 2 databases failed.");
    expect(summary?.unharmed).toBe(
      "The source was only read and is unchanged. On pg-flex shop is complete; crm is incomplete.",
    );
    expect(summary?.code).toBe("DISK_FULL");
  });

  it("gives the code's remedy, or points to the problems when there are some", () => {
    expect(failureSummary(failed)?.next).toMatch(/^Free or add space/);
    expect(failureSummary({ ...failed, problems: [problem], problemsTotal: 1 })?.next).toMatch(
      /^The overview lists 1 problem,/,
    );
    expect(failureSummary({ ...failed, errorCode: "UNHEARD_OF" })?.next).toMatch(/activity log/);
  });

  it("says that nothing of an online migration stays on the source", () => {
    expect(failureSummary({ ...failed, mode: "Online" })?.unharmed).toMatch(
      /slots and publications .* are removed/,
    );
  });

  it("says so when nothing reached the target", () => {
    const early = failureSummary({
      ...failed,
      error: null,
      databaseProgress: [database("crm", null, false)],
    });
    expect(early?.unharmed).toContain("Nothing was created on pg-flex.");
    expect(early?.title).toBe("The migration failed at: migrating data.");
  });

  it("blames nobody for a failed validation or a cancel", () => {
    expect(failureSummary({ ...failed, state: "ValidationFailed" })?.unharmed).toBe(
      "Nothing was created or changed on either server.",
    );
    expect(failureSummary({ ...failed, state: "Canceled" })?.code).toBeNull();
  });

  it("is silent otherwise", () => {
    expect(failureSummary({ ...failed, state: "Succeeded" })).toBeNull();
    expect(failureSummary({ ...failed, state: "InProgress" })).toBeNull();
  });
});

describe("remedyOf", () => {
  it("does not fall for names every object has", () => {
    expect(remedyOf("toString")).toBeNull();
    expect(remedyOf(null)).toBeNull();
  });
});
