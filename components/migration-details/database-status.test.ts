import { describe, expect, it } from "vitest";
import type { DatabaseProgress } from "@/lib/migrations/read-model";
import {
  databasePercent,
  databaseStatus,
  droppableDatabases,
  orderDatabases,
  tableCounts,
  tableCountsText,
} from "./database-status";

function database(name: string, over: Partial<DatabaseProgress> = {}): DatabaseProgress {
  return {
    name,
    state: "InProgress",
    phase: "copy",
    createdOnTarget: true,
    sizeBytes: null,
    bytesEstimated: 1000,
    bytesCopied: 250,
    rowsCopied: 0,
    tablesQueued: 1,
    tablesLoading: 2,
    tablesCompleted: 1200,
    tablesErrored: 0,
    indexesTotal: 0,
    indexesDone: 0,
    message: null,
    startedAt: null,
    endedAt: null,
    ...over,
  };
}

describe("databaseStatus", () => {
  it("follows the phase while it runs and the state once it ended", () => {
    expect(databaseStatus(database("a"), false)).toBe("copying");
    expect(databaseStatus(database("a", { phase: "indexes" }), false)).toBe("indexing");
    expect(databaseStatus(database("a", { state: "Failed" }), true)).toBe("failed");
    expect(databaseStatus(database("a", { state: "Succeeded", phase: "finish" }), false)).toBe("done");
  });

  it("does not call a database queued that will never start", () => {
    const untouched = database("a", { state: null, phase: "queued" });
    expect(databaseStatus(untouched, false)).toBe("queued");
    expect(databaseStatus(untouched, true)).toBe("not-started");
  });
});

describe("databasePercent", () => {
  it("goes by bytes and stays at 99 until it is done", () => {
    expect(databasePercent(database("a"))).toBe(25);
    expect(databasePercent(database("a", { bytesCopied: 1400 }))).toBe(99);
    expect(databasePercent(database("a", { state: "Succeeded" }))).toBe(100);
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

describe("droppableDatabases", () => {
  it("never names a database that was there before", () => {
    const list = [database("mine"), database("theirs", { createdOnTarget: false })];
    expect(droppableDatabases(list)).toEqual(["mine"]);
  });
});
