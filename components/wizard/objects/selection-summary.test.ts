import { expect, it } from "vitest";
import { describeSelection } from "./selection-summary";

it.each([
  [{ name: "shop" }, ""],
  [{ name: "shop", targetName: "shop" }, ""],
  [{ name: "shop", targetName: "store" }, "as store"],
  [{ name: "shop", exclude: { tableData: ["app.audit"] } }, "without rows of table app.audit"],
  [
    { name: "shop", targetName: "store", exclude: { tables: ["a", "b*"], indexes: ["i", "j", "k"] } },
    "as store; without tables a and b*, indexes by 3 names or patterns",
  ],
  [
    { name: "shop", include: { schemas: ["app"] }, exclude: { tables: ["t"] } },
    "only schema app; without table t",
  ],
])("%j is told as %j", (selection, text) => {
  expect(describeSelection(selection)).toBe(text);
});
