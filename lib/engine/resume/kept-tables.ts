import type { CopyTotals } from "../copy/copy-tables";
import type { EngineEvent, TableName } from "../events";
import type { Start } from "./resume";
import type { KeptTable } from "./start-point";

/** Reports what an earlier run finished; `onTable` is called for each table whose rows are kept. */
export function reportKept(
  { kept, keptBuilds }: Pick<Start, "kept" | "keptBuilds">,
  report: (event: EngineEvent) => void,
  onTable: (table: TableName) => void,
): void {
  for (const { build, table } of keptBuilds)
    report({ type: "index-completed", object: build.statement.object, table, ms: 0, kept: true });
  for (const { table, rows, bytes, reason } of kept) {
    const name = { schema: table.schema, name: table.name };
    report({ type: "table-kept", table: name, rows, bytes, reason });
    onTable(name);
  }
}

/** The totals of this run and of the tables that an earlier one had copied. */
export function withKept(totals: CopyTotals, kept: readonly KeptTable[]): CopyTotals {
  const sum = { ...totals, tables: totals.tables + kept.length };
  for (const { rows, bytes } of kept) {
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return sum;
}
