import { ident, qualified } from "@/lib/postgres/sql";
import type { CopyFormat } from "../events";
import type { SourceTable } from "./list-tables";

/** Pages [from, to) of a table's heap; `to` null for the last part, which takes whatever lies behind. */
export interface PageRange {
  from: number;
  to: number | null;
}

/** Binary when every column allows it; extension types need the same version of the extension on both sides. */
export function chooseFormat(table: SourceTable, sharedExtensions: ReadonlySet<string>): CopyFormat {
  const safe = table.columns.every(
    (column) => column.binarySafe && (column.extension === null || sharedExtensions.has(column.extension)),
  );
  return safe ? "binary" : "text";
}

/** `copy ... to stdout` for a table, or for a part of its pages. */
export function copyOutStatement(table: SourceTable, format: CopyFormat, range: PageRange | null): string {
  return `copy ${copySource(table, range)} to stdout (format ${format})`;
}

function copySource(table: SourceTable, range: PageRange | null): string {
  const name = qualified(table.schema, table.name);
  if (range === null && !table.configurationFilter) return `${name}${columnList(table)}`;
  const columns = table.columns.map((column) => ident(column.name)).join(", ");
  return `(select ${columns} from only ${name} ${table.configurationFilter ?? rangeFilter(range)})`;
}

function rangeFilter(range: PageRange | null): string {
  if (range === null) return "";
  const upper = range.to === null ? "" : ` and ctid < '(${range.to},0)'::tid`;
  return `where ctid >= '(${range.from},0)'::tid${upper}`;
}

/** `copy ... from stdin`; frozen rows need the table to be truncated in the same transaction (sql-copy.html). */
export function copyInStatement(table: SourceTable, format: CopyFormat, freeze: boolean): string {
  const options = freeze ? `format ${format}, freeze` : `format ${format}`;
  return `copy ${qualified(table.schema, table.name)}${columnList(table)} from stdin (${options})`;
}

/** Listed, because generated columns are left out and dropped ones leave gaps; a table without columns has no list. */
function columnList(table: SourceTable): string {
  if (table.columns.length === 0) return "";
  return ` (${table.columns.map((column) => ident(column.name)).join(", ")})`;
}
