import {
  type Delete,
  type Insert,
  type NewValue,
  type OldValue,
  UNCHANGED,
  type Update,
} from "../decode/change";
import type { TablePlan } from "./table-plan";

export type KeyedChange = Insert | Update | Delete;

/** Rows of UPDATE that set the same columns. */
export interface FoldedUpdate {
  /** Indexes into the plan's columns. */
  set: number[];
  /** Whole rows of the source's columns; those that are not set hold UNCHANGED. */
  rows: NewValue[][];
}

/**
 * What changes of one table come to, in the order in which it is to be applied. Each key is in one list, but those of a row
 * that was deleted and made again, which are deleted first.
 */
export interface Folded {
  /** Rows that must not be there: they were made and deleted again. Whole rows of the source's columns, like all lists. */
  absent: OldOrNew[][];
  deletes: OldOrNew[][];
  updates: FoldedUpdate[];
  inserts: NewValue[][];
}

export type OldOrNew = NewValue | OldValue;

/** Never changed once it is made: the first change of a key is its own entry. */
interface Entry {
  /** What the key's changes come to so far; "replace" is a delete followed by an insert, "absent" the other way round. */
  readonly kind: "insert" | "update" | "delete" | "replace" | "absent";
  /** Of the row as it is now; of a deleted one its key. */
  readonly values: OldOrNew[];
}

/**
 * Puts the changes of each key together; null when that could come to something else than the changes one by one: a key
 * that changes or is not known, or changes that do not follow from each other. Unique columns besides the key are not
 * looked at: rows that stand in each other's way for a moment make the target refuse the whole, never something wrong.
 */
export function foldChanges(plan: TablePlan, changes: readonly KeyedChange[]): Folded | null {
  const inserted = insertsOnly(changes);
  if (inserted) return { absent: [], deletes: [], updates: [], inserts: inserted };
  if (!plan.isFoldable || !plan.key) return null;
  const entries = new Map<string, Entry>();
  for (const change of changes) {
    const key = foldableKey(plan, change);
    if (key === null) return null;
    const before = entries.get(key);
    const entry = change.kind === "delete" ? deleted(before, change) : written(plan, before, change);
    if (!entry) return null;
    entries.set(key, entry);
  }
  return collect(plan, entries.values());
}

/** New rows alone go together without regard to keys: two in each other's way are so in any order. */
function insertsOnly(changes: readonly KeyedChange[]): NewValue[][] | null {
  const rows: NewValue[][] = [];
  for (const change of changes) {
    if (change.kind !== "insert" || change.values.includes(UNCHANGED)) return null;
    rows.push(change.values);
  }
  return rows;
}

/** The row's key as one text, the same for equal values only; null when the key changes or is not told. */
function foldableKey(plan: TablePlan, change: KeyedChange): string | null {
  const now = change.kind === "delete" ? null : change.values;
  const old = change.kind === "insert" ? null : (change.old?.values ?? null);
  const key = textOf(plan, old ?? now);
  if (old === null || now === null) return key;
  // With an old key the new row need not repeat what is unchanged in it.
  const same = plan.key?.every(({ column: { at } }) => now[at] === UNCHANGED || now[at] === old[at]);
  return same ? key : null;
}

function textOf(plan: TablePlan, values: readonly OldOrNew[] | null): string | null {
  if (!plan.key || !values) return null;
  // No iterator for each change.
  const first = plan.key.length === 1 ? plan.key[0] : undefined;
  if (first?.column.matching === "exact") {
    const value = values[first.column.at];
    return typeof value === "string" ? value : null;
  }
  let text = "";
  for (const { column } of plan.key) {
    const value = values[column.at];
    if (typeof value !== "string") return null;
    // No value holds a null character.
    text += `${column.matching === "number" ? plainNumber(value) : value}\0`;
  }
  return text;
}

/** 1.50 and 1.5 are equal, so are 0 and -0. */
function plainNumber(text: string): string {
  const plain = text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
  return plain === "-0" ? "0" : plain;
}

function deleted(before: Entry | undefined, change: Delete): Entry | null {
  const values = change.old?.values ?? [];
  switch (before?.kind) {
    case undefined:
    case "update":
    case "replace":
      return { kind: "delete", values };
    case "insert":
      return { kind: "absent", values };
    default:
      return null;
  }
}

function written(plan: TablePlan, before: Entry | undefined, change: Insert | Update): Entry | null {
  const isWhole = !change.values.includes(UNCHANGED);
  if (change.kind === "insert") {
    if (!isWhole) return null;
    if (before === undefined || before.kind === "absent") return change;
    return before.kind === "delete" ? { kind: "replace", values: change.values } : null;
  }
  if (before === undefined) return isWhole ? change : { kind: "update", values: withKey(plan, change) };
  if (before.kind === "delete" || before.kind === "absent") return null;
  const values = isWhole
    ? change.values
    : change.values.map((value, at) => (value === UNCHANGED ? before.values[at] : value));
  return { kind: before.kind, values };
}

/** The new row with the key in it, which the old one shows when it was too large to be sent again. */
function withKey(plan: TablePlan, { old, values }: Update): OldOrNew[] {
  if (!old || !values.includes(UNCHANGED)) return values;
  const whole: OldOrNew[] = [...values];
  for (const { column } of plan.key ?? [])
    if (whole[column.at] === UNCHANGED) whole[column.at] = old.values[column.at];
  return whole;
}

function collect(plan: TablePlan, entries: Iterable<Entry>): Folded | null {
  const folded: Folded = { absent: [], deletes: [], updates: [], inserts: [] };
  const byShape = new Map<string, FoldedUpdate>();
  for (const { kind, values } of entries) {
    if (kind === "absent") folded.absent.push(values);
    else if (kind === "delete") folded.deletes.push(values);
    else if (!isWritable(values)) return null;
    else if (kind === "update") {
      if (!hasKey(plan, values)) return null;
      addUpdate(plan, values, byShape);
    } else {
      if (kind === "replace") folded.deletes.push(values);
      folded.inserts.push(values);
    }
  }
  folded.updates = [...byShape.values()];
  return folded;
}

function hasKey(plan: TablePlan, values: readonly OldOrNew[]): boolean {
  return plan.key?.every(({ column }) => typeof values[column.at] === "string") ?? false;
}

function isWritable(values: OldOrNew[]): values is NewValue[] {
  return !values.includes(undefined);
}

function addUpdate(plan: TablePlan, values: NewValue[], byShape: Map<string, FoldedUpdate>): void {
  const isWhole = !values.includes(UNCHANGED);
  const shape = isWhole ? "" : values.map((value) => (value === UNCHANGED ? "~" : "=")).join("");
  let update = byShape.get(shape);
  if (!update) {
    update = { set: setColumns(plan, values), rows: [] };
    byShape.set(shape, update);
  }
  update.rows.push(values);
}

/** What an UPDATE of a row whose key stays is to set, as indexes into the plan's columns. Never empty: else it would find nothing out. */
export function setColumns(plan: TablePlan, values: readonly OldOrNew[]): number[] {
  const keys = new Set(plan.key?.map(({ column }) => column.at));
  const set = plan.columns.flatMap(({ at }, index) =>
    values[at] === UNCHANGED || keys.has(at) ? [] : [index],
  );
  return set.length > 0 ? set : plan.columns.flatMap(({ at }, index) => (keys.has(at) ? [index] : []));
}
