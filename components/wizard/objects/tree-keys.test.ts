import { expect, it } from "vitest";
import { flattenTree, schemaKey, tableKey } from "./flatten-tree";
import { OBJECTS } from "./objects.fixture";
import { moveInTree } from "./tree-keys";

// app, customers, rows, customers_pkey, by.name, log_1, log_2, Orders, sales, sales_1, totals, Odd.Schema, empty
const nodes = flattenTree(OBJECTS, new Set([schemaKey("app"), tableKey("app", "customers")]), "");

it.each([
  ["ArrowDown", 0, 1],
  ["ArrowDown", 12, 12],
  ["ArrowUp", 0, 0],
  ["PageDown", 5, 12],
  ["PageUp", 5, 0],
  ["Home", 7, 0],
  ["End", 7, 12],
  ["ArrowRight", 0, 1],
  ["ArrowRight", 11, "toggle"],
  ["ArrowRight", 2, null],
  ["ArrowLeft", 0, "toggle"],
  ["ArrowLeft", 3, 1],
  ["ArrowLeft", 7, 0],
  ["ArrowLeft", 12, null],
  [" ", 3, "tick"],
  ["x", 3, null],
])("%s on line %i", (key, active, result) => {
  expect(moveInTree(key, nodes, active, 10)).toBe(result);
});
