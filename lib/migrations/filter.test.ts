import { describe, expect, it } from "vitest";
import { databaseSelectionSchema, findSelectionProblems, hasFilter, targetNames } from "./filter";

describe("databases of a migration", () => {
  it("takes patterns and says which one cannot be read", () => {
    const good = { name: "shop", exclude: { tables: ['"Mixed Case".*', "*.log_?"], indexes: ["a_idx"] } };
    expect(databaseSelectionSchema.parse(good)).toEqual(good);
    const bad = databaseSelectionSchema.safeParse({ name: "shop", include: { tables: ["ok", "a.b.c"] } });
    expect(bad.error?.issues).toMatchObject([{ path: ["include", "tables", 1] }]);
    expect(bad.error?.issues[0]?.message).toContain("a.b.c");
  });

  it.each([
    { name: "shop", exclude: { schemas: ["a.b"] } },
    { name: "shop", exclude: { tables: ["x".repeat(301)] } },
    { name: "shop", exclude: { tables: Array.from({ length: 5_001 }, () => "x") } },
    { name: "shop", exclude: { table: ["typo"] } },
    { name: "shop", targetName: "x".repeat(64) },
  ])("refuses %#", (selection) => {
    expect(databaseSelectionSchema.safeParse(selection).success).toBe(false);
  });

  it("refuses a database that does not move, is listed twice, or shares a target", () => {
    const problems = findSelectionProblems(
      ["a", "b", "c"],
      [{ name: "a", targetName: "b" }, { name: "c" }, { name: "c" }, { name: "d" }],
    );
    expect(problems.map(({ index, field }) => [index, field])).toEqual([
      [2, "name"],
      [3, "name"],
      [0, "targetName"],
    ]);
  });

  it("lets two databases swap their names", () => {
    const swap = [
      { name: "a", targetName: "b" },
      { name: "b", targetName: "a" },
    ];
    expect(findSelectionProblems(["a", "b"], swap)).toEqual([]);
    expect([...targetNames(["a", "b", "c"], swap)]).toEqual([
      ["a", "b"],
      ["b", "a"],
      ["c", "c"],
    ]);
  });

  it("knows an empty filter", () => {
    expect(hasFilter({ include: {}, exclude: { tables: [] } })).toBe(false);
    expect(hasFilter({ exclude: { tableData: ["a.b"] } })).toBe(true);
  });
});
