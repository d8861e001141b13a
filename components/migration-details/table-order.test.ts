import { describe, expect, it } from "vitest";
import { ariaSort, nextOrder } from "./table-order";

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

  it("tells assistive technology about the one column it sorts by", () => {
    const order = { by: "rows", descending: true } as const;
    expect(ariaSort(order, "rows")).toBe("descending");
    expect(ariaSort(order, "bytes")).toBeUndefined();
    expect(ariaSort(null, "bytes")).toBeUndefined();
  });
});
