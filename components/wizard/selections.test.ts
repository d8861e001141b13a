import { expect, it } from "vitest";
import { activeSelections, targetNameOf, targetNameProblems, withSelection } from "./selections";

it("keeps an entry only while it says something", () => {
  const some = withSelection([], { name: "shop", exclude: { tables: ["a"] } });
  const renamed = withSelection(some, { name: "crm", targetName: "crm2" });
  expect(renamed.map(({ name }) => name)).toEqual(["shop", "crm"]);
  expect(withSelection(renamed, { name: "shop" })).toEqual([{ name: "crm", targetName: "crm2" }]);
  expect(withSelection(renamed, { name: "crm", targetName: "crm" })).toEqual(some);
});

it("sends only what is about databases that move", () => {
  const selections = [
    { name: "shop", targetName: "store" },
    { name: "crm", exclude: { tables: ["a"] } },
  ];
  expect(activeSelections(selections, ["crm"])).toEqual([selections[1]]);
  expect(targetNameOf({ name: "crm" })).toBe("crm");
});

it("tells which two databases want one name", () => {
  const problems = targetNameProblems([{ name: "shop", targetName: "crm" }], ["shop", "crm"]);
  expect([...problems.keys()]).toEqual(["shop"]);
  expect(targetNameProblems([{ name: "shop", targetName: "crm" }], ["shop"]).size).toBe(0);
});
