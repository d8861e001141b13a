import { ident, literal, qualified } from "@/lib/postgres/sql";
import type { CopyFormat } from "../events";
import type { ServerFacts } from "../server-facts";
import { type KeyRange, keyCondition } from "./key-cut";
import type { SourceTable } from "./list-tables";

/** Pages [from, to) of a table's heap; `to` null for the last part, which takes whatever lies behind. */
export interface PageRange {
  from: number;
  to: number | null;
}

export type CopyRange = PageRange | KeyRange;

/** How the rows of a table cross from one server to the other. */
export interface CopyWay {
  format: CopyFormat;
  /** Encoding named in both statements, in text only; null when both sides take what their session has. */
  encoding: string | null;
}

/** Since this version dates are integers on every server. */
const INTEGER_DATETIMES = 100_000;

/**
 * Binary when both databases have the same encoding and every column allows it; extension types need the same version
 * of the extension on both sides. Binary values of text are converted to the client's encoding, so of encodings that do
 * not survive that, the text form is copied unconverted.
 */
export function chooseWay(
  table: SourceTable,
  source: ServerFacts,
  target: ServerFacts,
  wanted: "auto" | CopyFormat,
): CopyWay {
  const unconverted = source.encoding === "UTF8" || source.encoding === "SQL_ASCII";
  const isShared = (extension: string) => {
    const version = source.extensions.get(extension);
    return version !== undefined && target.extensions.get(extension) === version;
  };
  const binary =
    wanted !== "text" &&
    source.version >= INTEGER_DATETIMES &&
    unconverted &&
    source.encoding === target.encoding &&
    table.columns.every(
      ({ binarySafe, extension }) => binarySafe && (extension === null || isShared(extension)),
    );
  if (binary) return { format: "binary", encoding: null };
  return { format: "text", encoding: source.encoding === "UTF8" ? null : source.encoding };
}

/** `copy ... to stdout` for a table, or for a range of its rows. */
export function copyOutStatement(table: SourceTable, way: CopyWay, range: CopyRange | null): string {
  return `copy ${copySource(table, range)} to stdout (${options(way)})`;
}

function copySource(table: SourceTable, range: CopyRange | null): string {
  const name = qualified(table.schema, table.name);
  if (range === null && !table.configurationFilter) return `${name}${columnList(table)}`;
  const columns = table.columns.map((column) => ident(column.name)).join(", ");
  return `(select ${columns} from only ${name} ${table.configurationFilter ?? rangeFilter(range)})`;
}

function rangeFilter(range: CopyRange | null): string {
  if (range === null) return "";
  if ("column" in range) return `where ${keyCondition(range)}`;
  const upper = range.to === null ? "" : ` and ctid < '(${range.to},0)'::tid`;
  return `where ctid >= '(${range.from},0)'::tid${upper}`;
}

/** `copy ... from stdin`; frozen rows need the table to be truncated in the same transaction (sql-copy.html). */
export function copyInStatement(table: SourceTable, way: CopyWay, freeze: boolean): string {
  const frozen = freeze ? ", freeze" : "";
  const { schema, name } = table.through ?? table;
  return `copy ${qualified(schema, name)}${columnList(table)} from stdin (${options(way)}${frozen})`;
}

function options({ format, encoding }: CopyWay): string {
  return encoding === null ? `format ${format}` : `format ${format}, encoding ${literal(encoding)}`;
}

/** Listed, because generated columns are left out and dropped ones leave gaps; a table without columns has no list. */
function columnList(table: SourceTable): string {
  if (table.columns.length === 0) return "";
  return ` (${table.columns.map((column) => ident(column.name)).join(", ")})`;
}

/**
 * Takes away what an earlier try, or CREATE EXTENSION, may have left where the rows go. A configuration table keeps the
 * rows its filter leaves out: they belong to the extension's version on the target.
 */
export function emptyStatement(table: SourceTable): string {
  const name = qualified(table.schema, table.name);
  if (table.configurationFilter === null) return `truncate only ${name}`;
  return `delete from only ${name} ${table.configurationFilter}`;
}
