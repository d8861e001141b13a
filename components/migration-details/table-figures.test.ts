import { describe, expect, it } from "vitest";
import { tableProgressFixture } from "@/lib/migrations/testing/read-models";
import { tableFigures, tableNote } from "./table-figures";

describe("tables of an online migration", () => {
  const changes = { inserts: 8_412_906, updates: 12, deletes: 0, truncates: 0 };

  it("show what was applied to each", () => {
    expect(tableFigures(tableProgressFixture({ changes })).changes).toEqual({
      inserts: "8.4 M",
      updates: "12",
      deletes: "0",
      total: "8.4 M",
    });
    expect(tableFigures(tableProgressFixture()).changes).toBeNull();
  });

  it("say why a table is not followed and what to do", () => {
    expect(tableNote(tableProgressFixture({ unfollowed: "no-identity" }), null)).toMatch(
      /^It has no replica identity, or .* copied again at the cutover/,
    );
    const truncated = tableProgressFixture({ changes: { ...changes, truncates: 2 } });
    expect(tableNote(truncated, null)).toBe("Truncated on the source 2 times since the copy.");
  });
});

describe("rows of a table under way", () => {
  it.each([
    [{ rowsCopied: 40, rowsEstimated: 100 }, "40 of 100"],
    [{ rowsCopied: 140, rowsEstimated: 100 }, "140"],
    [{ rowsCopied: 40, rowsEstimated: 0 }, "40"],
    [{ rowsCopied: 0, rowsEstimated: 0 }, "0 of 0"],
  ])("are shown with the source's estimate, unless there are more: %o", (figures, text) => {
    expect(tableFigures(tableProgressFixture({ state: "loading", ...figures })).rows).toBe(text);
  });
});
