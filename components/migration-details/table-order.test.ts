import { describe, expect, it } from "vitest";
import { TABLE_SORTS } from "@/lib/migrations/read-model";
import { ariaSort, nextOrder, OFFLINE_SORTS, ONLINE_SORTS } from "./table-order";

describe("nextOrder", () => {
  it("shows the largest first, then the smallest, then what needs a look", () => {
    const first = nextOrder(null, "duration");
    expect(first).toEqual({ by: "duration", descending: true });
    const second = nextOrder(first, "duration");
    expect(second).toEqual({ by: "duration", descending: false });
    expect(nextOrder(second, "duration")).toBeNull();
  });

  it("begins names with a, and any other column anew", () => {
    expect(nextOrder({ by: "rate", descending: false }, "name")).toEqual({ by: "name", descending: false });
  });

  it("shows first what was changed most, of an online migration", () => {
    expect(nextOrder(null, "changes")).toEqual({ by: "changes", descending: true });
    expect(ONLINE_SORTS).toContain("changes");
    expect(OFFLINE_SORTS).not.toContain("changes");
    expect(new Set([...ONLINE_SORTS, ...OFFLINE_SORTS])).toEqual(new Set(TABLE_SORTS));
  });

  it("tells assistive technology about the one column it sorts by", () => {
    const order = { by: "rows", descending: true } as const;
    expect(ariaSort(order, "rows")).toBe("descending");
    expect(ariaSort(order, "bytes")).toBeUndefined();
    expect(ariaSort(null, "bytes")).toBeUndefined();
  });
});
