import { ident, literal, qualified } from "@/lib/postgres/sql";
import { setPath } from "../functions/search-path";
import type { RowReference } from "./match-rows";
import type { RowValues } from "./read-rows";
import { columnText, type VerifiedColumn } from "./row-hash";
import { rowsOf, type TablePair } from "./table-pair";

/**
 * Sessions that run repairs need these: what the texts of values were written with. REPAIR_SETTINGS are statements without their
 * semicolons.
 */
export const REPAIR_SETTINGS = [
  "set search_path = ''",
  "set datestyle = 'ISO, MDY'",
  "set intervalstyle = 'postgres'",
  "set timezone = 'UTC'",
  "set extra_float_digits = 3",
  "set bytea_output = 'hex'",
  "set lc_monetary = 'C'",
  "set xmloption = 'content'",
];

/**
 * The statement that makes the target's row like the source's, without a semicolon, between those that give and take the search_path
 * where the table needs one; null where none can be given: a value is too long to be shown, only what the target computes itself
 * differs, or a materialised view is to be refreshed.
 */
export function repairOf(
  pair: TablePair,
  reference: RowReference,
  source: RowValues | null,
  target: RowValues | null,
): string | null {
  const { path } = pair.target;
  const sql = pair.item.kind === "table" ? statementOf(pair, reference, source, target) : null;
  return sql === null || path === null ? sql : `${setPath(path)}; ${sql}; set search_path = ''`;
}

function statementOf(
  pair: TablePair,
  reference: RowReference,
  source: RowValues | null,
  target: RowValues | null,
): string | null {
  if (reference.kind === "missing") return source && insert(pair, source);
  if (reference.kind === "extra") return target && remove(pair, reference, target);
  return source && target && update(pair, source, target);
}

function isWritable({ generated }: VerifiedColumn): boolean {
  return generated === "";
}

function insert({ target, columns }: TablePair, row: RowValues): string | null {
  const written = columns.filter(isWritable);
  if (written.some(({ name }) => row.cut.has(name))) return null;
  const table = qualified(target.schema, target.name);
  if (written.length === 0) return `insert into ${table} default values`;
  const names = written.map(({ name }) => ident(name)).join(", ");
  const values = written.map(({ name }) => value(row.values[name])).join(", ");
  const overriding = written.some(({ identity }) => identity === "a") ? " overriding system value" : "";
  return `insert into ${table} (${names})${overriding} values (${values})`;
}

function update(pair: TablePair, source: RowValues, target: RowValues): string | null {
  const changed = pair.columns.filter(
    (column) => isWritable(column) && source.values[column.name] !== target.values[column.name],
  );
  // An identity column GENERATED ALWAYS takes no UPDATE; it differs here only when it is not part of the key.
  if (changed.length === 0 || changed.some(({ name, identity }) => source.cut.has(name) || identity === "a"))
    return null;
  const key = keyCondition(pair, target);
  if (key === null) return null;
  const assignments = changed.map(({ name }) => `${ident(name)} = ${value(source.values[name])}`).join(", ");
  return `update ${rowsOf(pair.target)} set ${assignments} where ${key}`;
}

function remove(pair: TablePair, { byKey }: RowReference, row: RowValues): string | null {
  const table = rowsOf(pair.target);
  const key = byKey ? keyCondition(pair, row) : null;
  if (key !== null) return `delete from ${table} where ${key}`;
  if (pair.columns.some(({ name }) => row.cut.has(name))) return null;
  const same = pair.columns.map((column) => sameValue(column, row.values[column.name] ?? null)).join(" and ");
  const one = `select t.tableoid, t.ctid from ${table} t${same === "" ? "" : ` where ${same}`} limit 1`;
  return `delete from ${table} where (tableoid, ctid) = (${one})`;
}

function keyCondition({ key, columns }: TablePair, row: RowValues): string | null {
  if (key === null || key.some((name) => row.cut.has(name))) return null;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const parts = key.map((name) => {
    const text = row.values[name];
    const column = byName.get(name);
    return column && text !== null && text !== undefined ? `${ident(name)} = ${literal(text).trim()}` : null;
  });
  return parts.includes(null) ? null : parts.join(" and ");
}

/** Types in which what is equal is the same: 1.0 = 1.00 and 0 = -0 are not, and json knows no equality. */
const EXACT: ReadonlySet<string | null> = new Set([
  "int2",
  "int4",
  "int8",
  "oid",
  "bool",
  "date",
  "timestamp",
  "timestamptz",
  "uuid",
  "bytea",
]);

function sameValue(column: VerifiedColumn, text: string | null): string {
  const name = `t.${ident(column.name)}`;
  if (text === null) return `pg_catalog.num_nulls(${name}) = 1`;
  if (EXACT.has(column.builtIn)) return `${name} = ${literal(text).trim()}`;
  return `(${columnText(column)}) collate "C" = ${literal(text).trim()}`;
}

function value(text: string | null | undefined): string {
  return text === null || text === undefined ? "null" : literal(text).trim();
}
