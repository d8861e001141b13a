import { expect, test } from "vitest";
import { tableKey } from "../schema/restore-plan";
import type { SourceTable } from "./list-tables";
import { planTasks } from "./plan-tasks";
import { splitByPages } from "./split-tables";

const MIB = 1024 * 1024;
const OPTIONS = { jobs: 4 };

function table(name: string, mebibytes: number, more: Partial<SourceTable> = {}): SourceTable {
  return {
    schema: "public",
    name,
    bytesEstimated: mebibytes * MIB,
    rowsEstimated: 0,
    pages: mebibytes * 128,
    columns: [{ name: "id", binarySafe: true, extension: null }],
    readable: true,
    unlogged: false,
    rowSecurity: false,
    configurationFilter: null,
    through: null,
    isUnqueryable: false,
    ...more,
  };
}

function describeTasks(tables: SourceTable[], options = OPTIONS): string[] {
  return planTasks(tables, splitByPages(tables, options.jobs), options).map((task) =>
    task
      .map(
        (part) =>
          part.table.name + (part.range ? `[${part.range.from ?? ""},${part.range.to ?? "end"})` : ""),
      )
      .join(" "),
  );
}

test("a table bigger than its share is split, its ranges meet and the last one is open", () => {
  const tables = [table("huge", 400), table("large", 150)];
  expect(describeTasks(tables)).toEqual([
    "huge[0,12800)",
    "huge[12800,25600)",
    "huge[25600,38400)",
    "huge[38400,end)",
    "large[0,4800)",
    "large[4800,9600)",
    "large[9600,14400)",
    "large[14400,end)",
  ]);
});

test.each([
  [2, 2],
  [4, 2],
  [8, 4],
])("with %i connections a table that is nearly everything is cut into %i", (jobs, parts) => {
  const [split] = splitByPages([table("huge", 400), table("medium", 50)], jobs).values();
  expect(split).toEqual({ by: "pages", pages: (400 * 128) / parts, parts });
});

test.each([
  [
    "it is not more than its share",
    [table("a", 300), table("b", 300), table("c", 300), table("d", 300)],
    OPTIONS,
  ],
  ["parts would be below 32 MiB", [table("a", 63)], OPTIONS],
  ["there is one connection", [table("a", 900)], { jobs: 1 }],
  ["it has no columns", [table("a", 900, { columns: [] })], OPTIONS],
  ["it belongs to an extension", [table("a", 900, { configurationFilter: "" })], OPTIONS],
])("a table stays whole when %s", (_why, tables, options) => {
  expect(describeTasks(tables, options)).toEqual(tables.map((one) => one.name));
});

test("small tables are batched after the others, shared out among the connections", () => {
  const small = Array.from({ length: 10 }, (_, index) => table(`s${index}`, 0));
  expect(describeTasks([table("big", 2), ...small])).toEqual([
    "big",
    "s0 s1 s2",
    "s3 s4 s5",
    "s6 s7 s8",
    "s9",
  ]);
});

test("no batch holds more than 25 tables", () => {
  const small = Array.from({ length: 1001 }, (_, index) => table(`s${index}`, 0));
  const tasks = planTasks(small, new Map(), OPTIONS);
  expect(tasks).toHaveLength(41);
  expect(Math.max(...tasks.map((task) => task.length))).toBe(25);
  expect(tasks.flat().map((part) => part.table.name)).toEqual(small.map((one) => one.name));
});

test("nothing to copy is no task", () => {
  expect(planTasks([], new Map(), OPTIONS)).toEqual([]);
});

test("a table of several GiB is cut even when it is not more than its share", () => {
  const tables = ["a", "b", "c", "d"].map((name) => table(name, 3 * 1024));
  const splits = splitByPages(tables, OPTIONS.jobs);
  expect([...splits.values()]).toEqual(tables.map(() => ({ by: "pages", pages: 131_072, parts: 3 })));
  const isDone = (one: SourceTable, part: number) => one.name === "a" && part !== 1;
  const tasks = planTasks(tables.slice(0, 1), splits, { jobs: 4, isDone }).flat();
  expect(tasks.map(({ part, parts, range }) => [part, parts, range])).toEqual([
    [1, 3, { from: 131_072, to: 262_144 }],
  ]);
});

test("ranges of a key meet, and both ends are open", () => {
  const big = table("big", 3 * 1024);
  const split = { by: "key" as const, column: "id", bounds: ["-7", "9223372036854775807"] };
  const tasks = planTasks([big], new Map([[tableKey(big), split]]), OPTIONS).flat();
  expect(tasks.map(({ part, parts, range }) => [part, parts, range])).toEqual([
    [0, 3, { column: "id", from: null, to: "-7" }],
    [1, 3, { column: "id", from: "-7", to: "9223372036854775807" }],
    [2, 3, { column: "id", from: "9223372036854775807", to: null }],
  ]);
});
