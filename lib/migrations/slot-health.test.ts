import { describe, expect, it } from "vitest";
import { slotStatus, walBudget } from "./slot-health";
import type { followedDatabaseFixture } from "./testing/read-models";

type Slot = NonNullable<ReturnType<typeof followedDatabaseFixture>["slot"]>;

const slot: Slot = {
  name: "howdah_1",
  isActive: true,
  walStatus: "reserved",
  retainedBytes: 300e6,
  safeWalBytes: null,
};

describe("walBudget", () => {
  it.each<[string, Partial<Slot>, number | null, number | null, string | null]>([
    ["No limit", {}, null, null, null],
    ["Safe", {}, 1e9, 30, "migration"],
    ["High", {}, 400e6, 75, "migration"],
    ["Critical", {}, 320e6, 93, "migration"],
    ["Critical", {}, 200e6, 100, "migration"],
    ["Safe", { safeWalBytes: 700e6 }, null, 30, "source"],
    // The nearer limit counts.
    ["Critical", { safeWalBytes: 20e6 }, 1e9, 93, "source"],
    ["Safe", { safeWalBytes: 9e9 }, 1e9, 30, "migration"],
    ["Critical", { walStatus: "unreserved" }, 1e9, 30, "migration"],
    ["Lost", { walStatus: "lost" }, 1e9, 30, "migration"],
  ])("is %s", (label, over, limit, percent, whose) => {
    const budget = walBudget({ ...slot, ...over }, limit);
    expect(budget).toMatchObject({ percent, limit: whose, status: { label } });
  });

  it("says what is kept of how much", () => {
    expect(walBudget(slot, 10e9)?.text).toBe("0.30 of 10.0 GB");
    expect(walBudget(slot, null)?.text).toBe("300 MB");
    expect(walBudget({ ...slot, retainedBytes: null }, 10e9)).toBeNull();
  });
});

describe("slotStatus", () => {
  it("tells a slot that nobody reads from one that is gone", () => {
    expect(slotStatus(slot).label).toBe("Active");
    expect(slotStatus({ ...slot, isActive: false })).toMatchObject({ label: "Not read", tone: "warn" });
    expect(slotStatus({ ...slot, walStatus: "lost" })).toMatchObject({ label: "Lost", tone: "bad" });
    expect(slotStatus(null).label).toBe("Not known");
  });
});
