import { describe, expect, it } from "vitest";
import type { Problem } from "@/lib/migrations/read-model";
import { databaseProgressFixture, migrationDetailsFixture } from "@/lib/migrations/testing/read-models";
import { restartConsequences, retryConsequences } from "./retry-consequences";

const problem: Problem = {
  at: "2026-11-21T14:00:00Z",
  database: "shop",
  severity: "error",
  kind: "table",
  object: "public.orders",
  code: "TABLE_UNREADABLE",
  sqlState: "42501",
  message: "permission denied",
  remedy: "Grant.",
  statement: null,
};

const failed = migrationDetailsFixture({
  state: "Failed",
  substate: "Completed",
  problems: [
    problem,
    { ...problem, kind: "constraint", object: "public.orders_fk" },
    { ...problem, severity: "warning", object: "public.noted" },
  ],
  databaseProgress: [
    databaseProgressFixture({
      name: "shop",
      targetName: "shop_new",
      state: "Failed",
      createdOnTarget: true,
      tablesCompleted: 7,
      tablesErrored: 1,
      tablesQueued: 2,
      bytesCopied: 4e6,
    }),
    databaseProgressFixture({ name: "crm", state: "Succeeded", createdOnTarget: true, tablesCompleted: 3 }),
    databaseProgressFixture({ name: "late" }),
  ],
});

describe("retryConsequences", () => {
  it("names what failed, and counts what was never finished", () => {
    const { again, stays } = retryConsequences(failed);
    expect(again).toEqual([
      { text: "shop: public.orders and public.orders_fk", detail: "2 failed objects" },
      { text: "shop: tables that were not finished", detail: "2" },
      { text: "late", detail: "from its beginning" },
    ]);
    expect(stays[0]?.text).toMatch(/^Finished tables, once they are proven unchanged/);
    expect(stays[0]?.detail).toBe("7 tables, 4.0 MB");
    expect(stays[1]).toEqual({ text: "crm", detail: "complete" });
  });

  it("says of a database that broke as a whole that its rest is done", () => {
    const broken = databaseProgressFixture({ name: "shop", state: "Failed", tablesCompleted: 9 });
    const { again } = retryConsequences({ ...failed, problems: [], databaseProgress: [broken] });
    expect(again).toEqual([{ text: "shop", detail: "what was not finished" }]);
  });
});

describe("restartConsequences", () => {
  it("drops only what this migration created, by its name on the target", () => {
    const { dropped, also } = restartConsequences(failed);
    expect(dropped).toEqual(["shop_new", "crm"]);
    expect(also).toContainEqual({
      text: "Databases that were on the target before",
      detail: "asked about first",
    });
  });

  it("drops nothing for a validation", () => {
    const only = { ...failed, option: "Validate" as const, databaseProgress: [databaseProgressFixture({})] };
    expect(restartConsequences(only)).toMatchObject({
      dropped: [],
      also: [{ text: "Every check runs again" }, {}, {}],
    });
  });
});
