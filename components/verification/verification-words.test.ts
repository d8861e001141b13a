import { describe, expect, test } from "vitest";
import type { VerificationSummary } from "@/lib/migrations/read-model";
import { keyText, pairColumns } from "./column-pairs";
import { pairLines } from "./schema-pairs";
import { countsText, digits, summaryLine, verifiedPercent } from "./verification-words";

const VERIFICATION: VerificationSummary = {
  id: "0199aaaa-0000-7000-8000-000000000000",
  kind: "on-demand",
  state: "different",
  requestedBy: "eve",
  databases: ["shop"],
  itemsTotal: 45,
  itemsDone: 45,
  itemsDifferent: 3,
  itemsUnchecked: 1,
  bytesEstimated: 1_000,
  bytesRead: 1_000,
  error: null,
  errorCode: null,
  cancelRequestedAt: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  startedAt: "2026-01-01T00:00:00.000Z",
  endedAt: "2026-01-01T00:00:33.000Z",
  version: 1,
};

describe("the result in words", () => {
  test("worst first, with the time", () => {
    expect(summaryLine(VERIFICATION, 33_000)).toBe(
      "3 objects differ, 1 could not be compared, 41 equal in 33 s",
    );
    expect(countsText({ different: 1, unchecked: 0, equal: 0 })).toBe("1 object differs");
    expect(countsText({ different: 0, unchecked: 0, equal: 0 })).toBe("Nothing was compared");
    expect(digits("12345678901234567890")).toBe("12,345,678,901,234,567,890");
  });

  test("never complete before the end", () => {
    expect(verifiedPercent({ ...VERIFICATION, state: "running" })).toBe(99);
    expect(verifiedPercent({ ...VERIFICATION, state: "running", bytesEstimated: 0, itemsDone: 9 })).toBe(20);
    expect(verifiedPercent(VERIFICATION)).toBe(100);
  });
});

describe("a differing row", () => {
  const row = {
    id: "1",
    kind: "changed" as const,
    key: { id: "7" },
    source: { note: "same", id: "7", word: null },
    target: { note: "same", id: "7", word: "" },
    repair: null,
  };

  test("shows its key, then what changed, and tells null from empty", () => {
    expect(pairColumns(row).map(({ column, changed, isKey }) => [column, changed, isKey])).toEqual([
      ["id", false, true],
      ["word", true, false],
      ["note", false, false],
    ]);
    expect(keyText({ id: "7", part: null })).toBe("id = 7, part = null");
  });

  test("that one side lacks has no changed columns", () => {
    const missing = pairColumns({ ...row, kind: "missing", target: null });
    expect(missing.some(({ changed }) => changed)).toBe(false);
    expect(missing.every(({ target }) => target === undefined)).toBe(true);
  });
});

test("lines of the schema that take each other's place stand side by side", () => {
  const line = (
    kind: "same" | "removed" | "added" | "gap",
    source: number | null,
    target: number | null,
    text: string,
  ) => ({
    kind,
    source,
    target,
    text,
  });
  const pairs = pairLines([
    line("gap", null, null, "40 lines"),
    line("same", 41, 41, "create table t ("),
    line("removed", 42, null, "a int,"),
    line("removed", 43, null, "b int"),
    line("added", null, 42, "a bigint"),
    line("same", 44, 43, ");"),
  ]);
  expect(pairs.map(({ kind, source, target }) => [kind, source?.text, target?.text])).toEqual([
    ["gap", "40 lines", "40 lines"],
    ["same", "create table t (", "create table t ("],
    ["different", "a int,", "a bigint"],
    ["different", "b int", undefined],
    ["same", ");", ");"],
  ]);
});
