import { UNCHANGED } from "../decode/change";
import { type KeyedChange, type OldOrNew, setColumns } from "./fold";
import { deleteRow, insertRow, type RowMatch, replaceRow, type Statement, updateRow } from "./statements";
import type { TablePlan } from "./table-plan";

/** What one change is done by: a statement, nothing at all, or nothing that could be found out. */
export type RowStep = Statement | "nothing" | "unknown row";

/** `isTolerant`: an INSERT that meets a row hits none instead of failing. */
export function rowStep(plan: TablePlan, change: KeyedChange, isTolerant: boolean): RowStep {
  if (change.kind === "insert") return insertRow(plan, change.values, isTolerant);
  const match = matchOf(plan, change);
  if (!match) return "unknown row";
  if (change.kind === "delete") return deleteRow(plan, match);
  const { old, values } = change;
  const keyChanges = plan.key?.some(({ column: { at } }) => isOther(old?.values[at], values[at])) ?? false;
  const isFixed = keyChanges && plan.key?.some(({ column }) => column.isIdentityAlways);
  if (plan.isUpdatedByReplacing || isFixed) return replaceRow(plan, match, values);
  const set = keyChanges ? sentColumns(plan, values) : setColumns(plan, values);
  // Large values alone, none of them changed, in a table without a key.
  return set.length > 0 ? updateRow(plan, match, set, values) : "nothing";
}

function isOther(old: OldOrNew, now: OldOrNew): boolean {
  return old !== undefined && now !== UNCHANGED && old !== now;
}

function sentColumns(plan: TablePlan, values: readonly OldOrNew[]): number[] {
  return plan.columns.flatMap(({ at }, index) => (values[at] === UNCHANGED ? [] : [index]));
}

/** null: nothing tells which row it is. */
function matchOf(plan: TablePlan, change: KeyedChange): RowMatch | null {
  const old = change.kind === "insert" ? null : change.old;
  if (old?.kind === "key") return matchKey(plan, old.values);
  if (old && !plan.key) {
    const columns = plan.columns.map((column) => ({ column, operator: null }));
    const values = plan.columns.map(({ at }) => old.values[at] ?? null);
    return { columns, values, isWholeRow: true };
  }
  const row: readonly OldOrNew[] | null = old?.values ?? (change.kind === "delete" ? null : change.values);
  if (!row || !plan.key) return null;
  const values = plan.key.flatMap(({ column }) => {
    const value = row[column.at];
    return typeof value === "string" ? [value] : [];
  });
  if (values.length < plan.key.length) return null;
  return { columns: plan.key, values, isWholeRow: false };
}

/** By what the old row shows, whatever the catalogue of today calls the key. */
function matchKey(plan: TablePlan, old: readonly OldOrNew[]): RowMatch | null {
  const columns = plan.columns.flatMap((column) => {
    if (typeof old[column.at] !== "string") return [];
    return [{ column, operator: plan.key?.find((part) => part.column === column)?.operator ?? null }];
  });
  const values = columns.map(({ column }) => String(old[column.at]));
  return columns.length > 0 ? { columns, values, isWholeRow: false } : null;
}

/** What a divergence shows of the row it is about. */
export function shownKey(plan: TablePlan, change: KeyedChange): Record<string, string | null> {
  const match = matchOf(plan, change);
  if (match)
    return Object.fromEntries(match.columns.map(({ column }, n) => [column.name, match.values[n] ?? null]));
  const row: readonly OldOrNew[] = change.kind === "delete" ? [] : change.values;
  return Object.fromEntries(
    plan.columns.flatMap(({ name, at }) => {
      const value = row[at];
      return typeof value === "string" || value === null ? [[name, value]] : [];
    }),
  );
}
