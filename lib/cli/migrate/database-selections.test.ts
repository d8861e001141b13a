import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSelections } from "./database-selections";

test("patterns are about every database, or about the one before the colon", () => {
  const selections = readSelections(
    {
      excludeTable: ["*.log_*", 'crm:"odd:name".*', '"a:b":x'],
      excludeTableData: ["shop:app.orders"],
      includeSchema: ["crm:app"],
      excludeIndex: ["shop:i1", "shop:i2"],
      rename: ["shop=store"],
    },
    ["shop", "crm", "a:b", "quiet"],
  );
  expect(selections).toEqual([
    {
      name: "shop",
      targetName: "store",
      exclude: { tables: ["*.log_*"], tableData: ["app.orders"], indexes: ["i1", "i2"] },
    },
    { name: "crm", include: { schemas: ["app"] }, exclude: { tables: ["*.log_*", '"odd:name".*'] } },
    { name: "a:b", exclude: { tables: ["*.log_*", "x"] } },
    { name: "quiet", exclude: { tables: ["*.log_*"] } },
  ]);
  expect(readSelections({}, ["shop"])).toEqual([]);
});

test.each([
  [{ excludeTable: ["other:x"] }, "other"],
  [{ rename: ["other=x"] }, "other"],
  [{ rename: ["shop"] }, "old=new"],
  [{ excludeTable: ["a.b.c"] }, "a.b.c"],
  [{ filterFile: "/nowhere.json" }, "/nowhere.json"],
])("%j is refused with its reason", (options, reason) => {
  expect(() => readSelections(options, ["shop"])).toThrow(
    expect.objectContaining({ name: "UsageError", message: expect.stringContaining(reason) }),
  );
});

test("a file and options add up; what a file has wrong is named", () => {
  const folder = mkdtempSync(join(tmpdir(), "howdah-filter-"));
  try {
    const filterFile = join(folder, "f.json");
    writeFileSync(filterFile, JSON.stringify({ databases: [{ name: "shop", exclude: { tables: ["a"] } }] }));
    expect(readSelections({ filterFile, excludeTable: ["b"] }, ["shop", "crm"])).toEqual([
      { name: "shop", exclude: { tables: ["a", "b"] } },
      { name: "crm", exclude: { tables: ["b"] } },
    ]);
    expect(() => readSelections({ filterFile }, ["crm"])).toThrow("shop");
    writeFileSync(filterFile, JSON.stringify({ databases: [{ name: "shop", exclude: { table: ["a"] } }] }));
    expect(() => readSelections({ filterFile }, ["shop"])).toThrow("databases.0.exclude");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
