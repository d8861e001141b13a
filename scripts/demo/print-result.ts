import { groupDigits } from "@/lib/migrations/format-quantity";
import type { TableComparison } from "./compare-databases";

/** The comparison as a table for the terminal, a line each. */
export function resultLines(tables: readonly TableComparison[]): string[] {
  const rows = tables.map(({ database, table, source, target, equal }) => [
    database,
    table,
    source ? groupDigits(Number(source.rows)) : "missing",
    target ? groupDigits(Number(target.rows)) : "missing",
    equal ? "equal" : "DIFFERENT",
  ]);
  const head = ["database", "table", "rows on source", "rows on target", "checksum"];
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 2 || column === 3 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
