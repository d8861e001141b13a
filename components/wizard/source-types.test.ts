import { expect, it } from "vitest";
import { SOURCE_TYPES } from "@/lib/migrations/vocabulary";
import { SOURCE_TYPE_GROUPS, sourceTypeName } from "./source-types";

it("offers every source type exactly once", () => {
  const offered = SOURCE_TYPE_GROUPS.flatMap((group) => group.types);
  expect([...offered].sort()).toEqual([...SOURCE_TYPES].sort());
});

it("gives no two types the same name", () => {
  expect(new Set(SOURCE_TYPES.map(sourceTypeName)).size).toBe(SOURCE_TYPES.length);
});
