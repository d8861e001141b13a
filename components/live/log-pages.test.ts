import { describe, expect, it } from "vitest";
import { appendOlder, mergeNewest } from "./log-pages";

/** Entries with the ids from `from` down to `to`. */
function events(from: number, to: number): { id: string }[] {
  return Array.from({ length: from - to + 1 }, (_, i) => ({ id: String(from - i) }));
}
const ids = (list: { id: string }[]) => list.map((entry) => Number(entry.id));

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
