import { describe, expect, it } from "vitest";
import type { ActivityEvent } from "@/lib/migrations/read-model";
import { appendOlder, filterLevel, mergeNewest } from "./activity-log";

function events(from: number, to: number, level: ActivityEvent["level"] = "info"): ActivityEvent[] {
  return Array.from({ length: from - to + 1 }, (_, i) => ({
    id: String(from - i),
    at: "2026-11-21T14:00:00Z",
    level,
    kind: "note",
    message: `event ${from - i}`,
    database: null,
    object: null,
    data: {},
  }));
}
const ids = (list: ActivityEvent[]) => list.map((event) => Number(event.id));

describe("mergeNewest", () => {
  it("puts what is new on top and keeps what was loaded", () => {
    expect(ids(mergeNewest(events(5, 1), events(7, 4), 4))).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it("changes nothing when nothing is new", () => {
    expect(ids(mergeNewest(events(9, 1), events(9, 6), 4))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(ids(mergeNewest(events(3, 1), [], 4))).toEqual([3, 2, 1]);
  });

  it("lets older events go rather than hide a hole", () => {
    expect(ids(mergeNewest(events(5, 1), events(20, 17), 4))).toEqual([20, 19, 18, 17]);
  });

  it("knows that a short page is the whole log", () => {
    expect(ids(mergeNewest([], events(2, 1), 4))).toEqual([2, 1]);
  });

  it("orders ids as numbers, not as text", () => {
    expect(ids(mergeNewest(events(100, 98), events(101, 99), 3))).toEqual([101, 100, 99, 98]);
  });
});

describe("appendOlder", () => {
  it("never doubles an event", () => {
    expect(ids(appendOlder(events(9, 6), events(7, 4)))).toEqual([9, 8, 7, 6, 5, 4]);
    expect(ids(appendOlder([], events(2, 1)))).toEqual([2, 1]);
  });
});

describe("filterLevel", () => {
  it("shows errors among warnings too", () => {
    const mixed = [...events(3, 3, "error"), ...events(2, 2, "warning"), ...events(1, 1)];
    expect(ids(filterLevel(mixed, "warning"))).toEqual([3, 2]);
    expect(ids(filterLevel(mixed, "error"))).toEqual([3]);
    expect(ids(filterLevel(mixed, "all"))).toEqual([3, 2, 1]);
  });
});
