import { expect, test } from "vitest";
import { factLines, textTable } from "./text-table";

const COLUMNS = [
  { heading: "Name", text: (row: { name: string; size: number }) => row.name },
  {
    heading: "Size",
    text: (row: { name: string; size: number }) => String(row.size),
    align: "right" as const,
  },
];

test("columns are as wide as their widest text, and lines end without spaces", () => {
  const rows = [
    { name: "a", size: 5 },
    { name: "a longer name", size: 12_345 },
  ];
  expect(textTable(rows, COLUMNS)).toEqual([
    "NAME            SIZE",
    "a                  5",
    "a longer name  12345",
  ]);
});

test("a name cannot break a line or steer the terminal", () => {
  const [, line] = textTable([{ name: "evil\n\u001b[2Jname", size: 1 }], COLUMNS);
  expect(line).toBe("evil \uFFFD[2Jname     1");
  expect(factLines([["Error", "first\n  second"]])).toEqual(["Error  first second"]);
});
