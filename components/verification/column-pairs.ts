import type { VerificationRowView } from "@/lib/migrations/verification";

/** One column of a differing row. */
export interface ColumnPair {
  column: string;
  isKey: boolean;
  /** undefined: there is no row, or no such column, on this side; null is SQL's null. */
  source: string | null | undefined;
  target: string | null | undefined;
  changed: boolean;
}

/** A differing row column by column: key columns first, then changed ones, then the rest, each in the table's order. */
export function pairColumns({ kind, key, source, target }: VerificationRowView): ColumnPair[] {
  const names = [
    ...new Set([...Object.keys(key), ...Object.keys(source ?? {}), ...Object.keys(target ?? {})]),
  ];
  // Of a table without a key every column names the row: none of them stands out.
  const keyNames = new Set(Object.keys(key).length < names.length ? Object.keys(key) : []);
  const pairs = names.map((column) => {
    const [left, right] = [source?.[column], target?.[column]];
    return {
      column,
      isKey: keyNames.has(column),
      source: source ? left : undefined,
      target: target ? right : undefined,
      changed: kind === "changed" && left !== right,
    };
  });
  const rank = ({ isKey, changed }: ColumnPair) => (isKey ? 0 : changed ? 1 : 2);
  return pairs.sort((a, b) => rank(a) - rank(b));
}

/** "id = 7, part = b": how a row is told from others; long values are cut. */
export function keyText(key: Record<string, string | null>): string {
  const parts = Object.entries(key).map(
    ([column, value]) => `${column} = ${value === null ? "null" : shortened(value)}`,
  );
  return parts.join(", ") || "no key";
}

const KEY_VALUE_LENGTH = 60;

function shortened(text: string): string {
  return text.length <= KEY_VALUE_LENGTH ? text : `${text.slice(0, KEY_VALUE_LENGTH)}…`;
}
