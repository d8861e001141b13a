import { describe, expect, it } from "vitest";
import type { DatabaseProgress } from "@/lib/migrations/read-model";
import { databaseProgressFixture } from "@/lib/migrations/testing/read-models";
import {
  databaseLook,
  databasePercent,
  orderDatabases,
  tableCounts,
  tableCountsText,
} from "./database-status";

function database(name: string, over: Partial<DatabaseProgress> = {}): DatabaseProgress {
  return databaseProgressFixture({
    name,
    state: "InProgress",
    phase: "copy",
    createdOnTarget: true,
    bytesEstimated: 1000,
    bytesCopied: 250,
    tablesQueued: 1,
    tablesLoading: 2,
    tablesCompleted: 1200,
    ...over,
  });
}

describe("databaseLook", () => {
  const label = (over: Partial<DatabaseProgress>, ended = false) =>
    databaseLook(database("a", over), ended ? "ended" : null).label;

  it("rests with its migration", () => {
    expect(databaseLook(database("a", {}), "paused").label).toBe("Paused");
    expect(databaseLook(database("a", { state: "Succeeded" }), "paused").label).toBe("Succeeded");
  });

  it("follows the phase while it runs and the state once it ended", () => {
    expect(label({})).toBe("Copying");
    expect(label({ phase: "indexes" })).toBe("Indexing");
    expect(label({ phase: "catch-up" })).toBe("Catching up");
    expect(label({ phase: "catch-up", state: "WaitingForCutoverTrigger" })).toBe("Following");
    expect(label({ state: "Failed" }, true)).toBe("Failed");
    expect(label({ state: "Succeeded", phase: "finish" })).toBe("Succeeded");
  });

  it("does not call a database queued that will never start", () => {
    expect(label({ state: null, phase: "queued" })).toBe("Queued");
    expect(label({ state: null, phase: "queued" }, true)).toBe("Not started");
  });
});

describe("databasePercent", () => {
  it("goes by bytes and stays at 99 until it is done", () => {
    expect(databasePercent(database("a"))).toBe(25);
    expect(databasePercent(database("a", { bytesCopied: 1400 }))).toBe(99);
    expect(databasePercent(database("a", { state: "Succeeded" }))).toBe(100);
    expect(databasePercent(database("a", { phase: "catch-up", bytesCopied: 990 }))).toBe(100);
    expect(databasePercent(database("a", { bytesEstimated: 0 }))).toBe(0);
  });
});

describe("orderDatabases", () => {
  it("shows trouble first and the finished last", () => {
    const list = [
      database("done", { state: "Succeeded" }),
      database("queued", { state: null }),
      database("running"),
      database("failing", { tablesErrored: 1 }),
      database("failed", { state: "Failed" }),
      database("running2"),
    ];
    expect(orderDatabases(list).map((entry) => entry.name)).toEqual([
      "failing",
      "failed",
      "running",
      "running2",
      "queued",
      "done",
    ]);
  });
});

describe("tables", () => {
  it("are counted over databases", () => {
    const counts = tableCounts([database("a"), database("b", { tablesErrored: 1 })]);
    expect(counts).toEqual({ queued: 2, loading: 4, completed: 2400, errored: 1 });
    expect(tableCountsText(counts)).toBe("2,400 copied · 4 copying · 2 queued · 1 error");
    expect(tableCountsText({ queued: 0, loading: 0, completed: 26, errored: 0 })).toBe(
      "26 copied · 0 errors",
    );
  });
});
