import { ident, qualified } from "@/lib/postgres/sql";
import { UNCHANGED } from "../decode/change";
import type { FoldedUpdate, OldOrNew } from "./fold";
import type { KeyColumn, PlanColumn, TablePlan } from "./table-plan";

/** A statement with its values as text, and how many rows it must hit. */
export interface Statement {
  sql: string;
  values: (string | null)[];
  expected: number;
}

/** INSERT of rows. */
export function insertRows(plan: TablePlan, rows: readonly (readonly OldOrNew[])[]): Statement {
  const sql = cached(plan, "insert rows", () => {
    const sources = plan.columns.map((column, n) => element(column, n));
    return `${insertInto(plan)}select ${sources.join(", ")} from ${unnest(plan.columns)}`;
  });
  return { sql, values: arrays(plan.columns, rows), expected: rows.length };
}

/** UPDATE of rows by their keys. */
export function updateRows(plan: TablePlan, { set, rows }: FoldedUpdate): Statement {
  const columns = set.flatMap((index) => plan.columns[index] ?? []);
  const key = plan.key ?? [];
  const all = [...key.map(({ column }) => column), ...columns];
  const sql = cached(plan, `update rows ${set.join()}`, () => {
    const sets = columns.map((column, n) => `${ident(column.name)} = ${element(column, key.length + n)}`);
    return `update only ${nameOf(plan)} t set ${sets.join(", ")} from ${unnest(all)} where ${joined(key)}`;
  });
  return { sql, values: arrays(all, rows), expected: rows.length };
}

/** DELETE of rows by their keys. */
export function deleteRows(plan: TablePlan, rows: readonly (readonly OldOrNew[])[]): Statement {
  const key = plan.key ?? [];
  const columns = key.map(({ column }) => column);
  const sql = cached(
    plan,
    "delete rows",
    () => `delete from only ${nameOf(plan)} t using ${unnest(columns)} where ${joined(key)}`,
  );
  return { sql, values: arrays(columns, rows), expected: rows.length };
}

/** Finds rows that must not be there. */
export function absentRows(plan: TablePlan, rows: readonly (readonly OldOrNew[])[]): Statement {
  const key = plan.key ?? [];
  const columns = key.map(({ column }) => column);
  const sql = cached(
    plan,
    "absent rows",
    () => `select from only ${nameOf(plan)} t, ${unnest(columns)} where ${joined(key)}`,
  );
  return { sql, values: arrays(columns, rows), expected: 0 };
}

/** INSERT of one row; `isTolerant`: one that is in the way makes it hit none instead of failing. */
export function insertRow(plan: TablePlan, values: readonly OldOrNew[], isTolerant: boolean): Statement {
  const tolerates = isTolerant && !plan.hasDeferrable;
  const sql = cached(plan, `insert ${tolerates}`, () => {
    const conflict = tolerates ? " on conflict do nothing" : "";
    if (plan.columns.length === 0) return `insert into ${nameOf(plan)} default values${conflict}`;
    const casts = plan.columns.map(({ typeName }, n) => `$${n + 1}::${typeName}`);
    return `${insertInto(plan)}values (${casts.join(", ")})${conflict}`;
  });
  return { sql, values: plan.columns.map(({ at }) => textOf(values[at])), expected: 1 };
}

/** How one row is found: the columns to look at, and their values. */
export interface RowMatch {
  columns: readonly KeyColumn[];
  values: readonly (string | null)[];
  /** Equal rows may stand beside it. */
  isWholeRow: boolean;
}

/** UPDATE of one row, which sets the plan's columns of these indexes. */
export function updateRow(
  plan: TablePlan,
  match: RowMatch,
  set: readonly number[],
  values: readonly OldOrNew[],
): Statement {
  const columns = set.flatMap((index) => plan.columns[index] ?? []);
  const sql = cached(plan, `update ${set.join()} ${shapeOf(match)}`, () => {
    const sets = columns.map(({ name, typeName }, n) => `${ident(name)} = $${n + 1}::${typeName}`);
    return `update only ${nameOf(plan)} t set ${sets.join(", ")} where ${where(plan, match, columns.length)}`;
  });
  const parameters = [...columns.map(({ at }) => textOf(values[at])), ...parametersOf(match)];
  return { sql, values: parameters, expected: 1 };
}

/** DELETE of one row. */
export function deleteRow(plan: TablePlan, match: RowMatch): Statement {
  const sql = cached(
    plan,
    `delete ${shapeOf(match)}`,
    () => `delete from only ${nameOf(plan)} t where ${where(plan, match, 0)}`,
  );
  return { sql, values: parametersOf(match), expected: 1 };
}

/** Makes one row anew, for a column that UPDATE cannot set; what is unchanged is taken from the row itself. */
export function replaceRow(plan: TablePlan, match: RowMatch, values: readonly OldOrNew[]): Statement {
  const set = plan.columns.filter(({ at }) => values[at] !== UNCHANGED);
  const sql = cached(plan, `replace ${set.map(({ at }) => at).join()} ${shapeOf(match)}`, () => {
    let parameter = 0;
    const sources = plan.columns.map((column) =>
      set.includes(column) ? `$${++parameter}::${column.typeName}` : `g.${ident(column.name)}`,
    );
    const found = where(plan, match, set.length);
    return `with g as (delete from only ${nameOf(plan)} t where ${found} returning t.*)
            ${insertInto(plan)}select ${sources.join(", ")} from g`;
  });
  const parameters = [...set.map(({ at }) => textOf(values[at])), ...parametersOf(match)];
  return { sql, values: parameters, expected: 1 };
}

/** The text of a value that is known to be sent. */
function textOf(value: OldOrNew): string | null {
  if (typeof value === "string" || value === null) return value;
  throw new RangeError("a value that was not sent cannot be written");
}

function cached(plan: TablePlan, name: string, make: () => string): string {
  let sql = plan.sql.get(name);
  if (sql === undefined) {
    sql = make();
    plan.sql.set(name, sql);
  }
  return sql;
}

function nameOf({ table }: TablePlan): string {
  return qualified(table.schema, table.name);
}

function insertInto(plan: TablePlan): string {
  const columns = plan.columns.map(({ name }) => ident(name)).join(", ");
  return `insert into ${nameOf(plan)} (${columns}) ${plan.hasIdentityAlways ? "overriding system value " : ""}`;
}

function unnest(columns: readonly PlanColumn[]): string {
  const parameters = columns.map(
    ({ typeName, canUnnest }, n) =>
      `pg_catalog.unnest($${n + 1}::${canUnnest ? typeName : "pg_catalog.text"}[])`,
  );
  return `rows from (${parameters.join(", ")}) as u(${columns.map((_, n) => `c${n}`).join(", ")})`;
}

function element({ typeName, canUnnest }: PlanColumn, n: number): string {
  return canUnnest ? `u.c${n}` : `u.c${n}::${typeName}`;
}

function joined(key: readonly KeyColumn[]): string {
  return key
    .map(({ column, operator }, n) => `t.${ident(column.name)} operator(${operator}) ${element(column, n)}`)
    .join(" and ");
}

function arrays(columns: readonly PlanColumn[], rows: readonly (readonly OldOrNew[])[]): string[] {
  return columns.map(({ at }) => arrayOf(rows, at));
}

/** An array literal of one column. What holds nothing but digits needs no quotes; in quotes only quotes and backslashes need care. */
function arrayOf(rows: readonly (readonly OldOrNew[])[], at: number): string {
  const texts = new Array<string>(rows.length);
  let isWhole = true;
  for (let n = 0; n < rows.length; n++) {
    const value = textOf(rows[n]?.[at]);
    if (value === null || value === "") isWhole = false;
    texts[n] = value ?? "NULL";
  }
  // Looked at together: one look at a long text is cheaper than many at short ones.
  const all = texts.join("");
  if (isWhole && !/[^0-9-]/.test(all)) return `{${texts.join()}}`;
  if (isWhole && !/["\\]/.test(all)) return `{"${texts.join('","')}"}`;
  for (let n = 0; n < texts.length; n++)
    if (rows[n]?.[at] !== null) texts[n] = `"${(texts[n] ?? "").replace(/["\\]/g, "\\$&")}"`;
  return `{${texts.join()}}`;
}

/** NULLs are part of the statement, so that what is not NULL may use an index. */
function shapeOf({ columns, values, isWholeRow }: RowMatch): string {
  const shape = columns.map(({ column }, n) => `${column.at}${values[n] === null ? "0" : ""}`).join();
  return `${shape}${isWholeRow ? " of all" : ""}`;
}

function parametersOf({ values }: RowMatch): (string | null)[] {
  return values.filter((value) => value !== null);
}

function where(plan: TablePlan, match: RowMatch, parametersBefore: number): string {
  let parameter = parametersBefore;
  const conditions = match.columns.map((part, n) =>
    match.values[n] === null ? `t.${ident(part.column.name)} is null` : equals(part, ++parameter),
  );
  const all = conditions.length > 0 ? conditions.join(" and ") : "true";
  if (!match.isWholeRow) return all;
  return `ctid = (select t.ctid from only ${nameOf(plan)} t where ${all} limit 1)`;
}

function equals({ column, operator }: KeyColumn, parameter: number): string {
  const name = `t.${ident(column.name)}`;
  if (operator !== null) return `${name} operator(${operator}) $${parameter}::${column.typeName}`;
  if (column.matching === "exact") return `${name} operator(pg_catalog.=) $${parameter}::${column.typeName}`;
  return `(${name}::pg_catalog.text) collate "C" = $${parameter}::pg_catalog.text`;
}
