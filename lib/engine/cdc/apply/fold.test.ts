import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NewValue, type Relation, UNCHANGED } from "../decode/change";
import { foldChanges, type KeyedChange, type OldOrNew } from "./fold";
import { planTable, type TablePlan } from "./table-plan";
import type { Matching } from "./target-table";

const COLUMNS = ["k", "a", "b"];

function planOf(matching: Matching, isFull = false): TablePlan {
  const relation: Relation = {
    schema: "public",
    name: "t",
    replicaIdentity: isFull ? "full" : "default",
    columns: COLUMNS.map((name) => ({
      name,
      typeOid: 25,
      typeName: "text",
      isKey: isFull || name === "k",
      isGenerated: false,
    })),
  };
  const planned = planTable(relation, {
    columns: COLUMNS.map((name) => ({
      name,
      typeName: "text",
      matching: name === "k" ? matching : "exact",
      isNotNull: name === "k",
      isGenerated: false,
      isIdentityAlways: false,
      canUnnest: true,
    })),
    indexes: [{ isPrimary: true, columns: [{ name: "k", operator: "pg_catalog.=" }] }],
    hasDeferrable: false,
    hasFiringTriggers: false,
  });
  if (!("plan" in planned)) throw new Error(planned.message);
  return planned.plan;
}

const PLAN = planOf("exact");
const { relation } = PLAN;
const insert = (...values: NewValue[]): KeyedChange => ({ kind: "insert", relation, values });
const update = (...values: NewValue[]): KeyedChange => ({ kind: "update", relation, old: null, values });
const remove = (key: string): KeyedChange => ({
  kind: "delete",
  relation,
  old: { kind: "key", values: [key, undefined, undefined] },
});

type Rows = Map<string, OldOrNew[]>;

/** What a server does with changes one by one; null when one of them does not fit. */
function applyNaively(rows: Rows, changes: readonly KeyedChange[]): Rows | null {
  const now = new Map(rows);
  for (const change of changes) {
    const key = String(change.kind === "delete" ? change.old?.values[0] : change.values[0]);
    const before = now.get(key);
    if ((before === undefined) !== (change.kind === "insert")) return null;
    if (change.kind === "delete") now.delete(key);
    else
      now.set(
        key,
        change.values.map((value, at) => (value === UNCHANGED ? before?.[at] : value)),
      );
  }
  return now;
}

/** What a server does with a folded batch; null when a statement hits other rows than it should. */
function applyFolded(rows: Rows, changes: readonly KeyedChange[]): Rows | null {
  const folded = foldChanges(PLAN, changes);
  if (!folded) return null;
  const now = new Map(rows);
  const keyOf = (row: readonly OldOrNew[]) => String(row[0]);
  if (folded.absent.some((row) => now.has(keyOf(row)))) return null;
  for (const row of folded.deletes) if (!now.delete(keyOf(row))) return null;
  for (const { set, rows: updated } of folded.updates)
    for (const row of updated) {
      const before = now.get(keyOf(row));
      if (!before) return null;
      now.set(
        keyOf(row),
        before.map((value, at) => (set.includes(at) ? row[at] : value)),
      );
    }
  for (const row of folded.inserts) {
    if (now.has(keyOf(row))) return null;
    now.set(keyOf(row), row);
  }
  return now;
}

const keys = fc.constantFrom("1", "2", "3");
const values = fc.constantFrom<NewValue>("x", "y", null);
const kept = fc.oneof(values, fc.constant<NewValue>(UNCHANGED));
const changes = fc.array(
  fc.oneof(
    fc.tuple(keys, values, values).map((row) => insert(...row)),
    fc.tuple(keys, kept, kept).map((row) => update(...row)),
    keys.map(remove),
  ),
  { maxLength: 12 },
);
const rows = fc
  .uniqueArray(keys)
  .map((present): Rows => new Map(present.map((key) => [key, [key, `a${key}`, `b${key}`]])));

describe("folding", () => {
  test("comes to the same as the changes one by one, and fails when they do", () => {
    fc.assert(
      fc.property(rows, changes, (before, all) => {
        expect(applyFolded(before, all)).toEqual(applyNaively(before, all));
      }),
      { numRuns: 3_000 },
    );
  });

  test("holds each key once in each list", () => {
    fc.assert(
      fc.property(rows, changes, (before, all) => {
        fc.pre(applyNaively(before, all) !== null);
        const folded = foldChanges(PLAN, all);
        for (const list of [
          folded?.absent,
          folded?.deletes,
          folded?.inserts,
          folded?.updates.flatMap((one) => one.rows),
        ])
          expect(new Set(list?.map(([key]) => key)).size).toBe(list?.length);
      }),
    );
  });

  test("takes numbers that are equal for one key", () => {
    const plan = planOf("number");
    const folded = foldChanges(plan, [
      update("1.50", "x", null),
      update("1.5", "y", null),
      update("-0", "z", null),
    ]);
    expect(folded?.updates).toEqual([
      {
        set: [1, 2],
        rows: [
          ["1.5", "y", null],
          ["-0", "z", null],
        ],
      },
    ]);
    expect(
      foldChanges(plan, [update("0", "x", null), update("-0", "y", null)])?.updates[0]?.rows,
    ).toHaveLength(1);
    expect(
      foldChanges(plan, [update("1e10", "x", null), update("1e1", "y", null)])?.updates[0]?.rows,
    ).toHaveLength(2);
  });

  test("leaves alone what it cannot be sure of", () => {
    expect(foldChanges(planOf("text"), [insert("1", "x", "y"), update("2", "x", "y")])).toBeNull();
    const moved: KeyedChange = {
      ...update("2", "x", "y"),
      old: { kind: "key", values: ["1", undefined, undefined] },
    } as KeyedChange;
    expect(foldChanges(PLAN, [moved])).toBeNull();
    expect(foldChanges(PLAN, [update(UNCHANGED, "x", "y")])).toBeNull();
    expect(foldChanges(PLAN, [{ kind: "delete", relation, old: null }])).toBeNull();
  });

  test("puts new rows together whatever the key", () => {
    const rows = [insert("1", "x", "y"), insert("A", null, "y"), insert("a", "x", null)];
    expect(foldChanges(planOf("text"), rows)?.inserts).toHaveLength(3);
  });

  test("finds a large key that was not sent again in the old row", () => {
    const change: KeyedChange = {
      kind: "update",
      relation,
      old: { kind: "key", values: ["long", undefined, undefined] },
      values: [UNCHANGED, "x", UNCHANGED],
    };
    const folded = foldChanges(PLAN, [change, { ...change, values: [UNCHANGED, UNCHANGED, "y"] }]);
    expect(folded?.updates).toEqual([{ set: [1, 2], rows: [["long", "x", "y"]] }]);
  });

  test("sets only what any of the changes has sent", () => {
    const folded = foldChanges(PLAN, [
      update("1", UNCHANGED, "y"),
      update("1", UNCHANGED, "z"),
      update("2", "x", UNCHANGED),
    ]);
    expect(folded?.updates).toEqual([
      { set: [2], rows: [["1", UNCHANGED, "z"]] },
      { set: [1], rows: [["2", "x", UNCHANGED]] },
    ]);
  });
});
