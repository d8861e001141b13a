import { parse } from "../schema/grammar";
import type { SchemaStatement, StatementKind } from "../schema/statement";

/**
 * Servers of different majors print the same object differently. Returns the function that takes those differences, and only those,
 * out of a statement; between servers of one major nothing is changed.
 */
export function canonicalStatement(
  sourceMajor: number,
  targetMajor: number,
): (statement: SchemaStatement) => string {
  const changes: ((sql: string, kind: StatementKind) => string)[] = [];
  const [older, newer] = [Math.min(sourceMajor, targetMajor), Math.max(sourceMajor, targetMajor)];
  const crosses = (major: number) => older < major && newer >= major;
  if (older !== newer) changes.push(withoutTypesOfNullDefaults);
  // 14 names the multirange type of every range type.
  if (crosses(14)) changes.push((sql) => sql.replace(/,?\n +multirange_type_name = [^\n]*?(?=,?\n)/g, ""));
  // 17 has one privilege more, so that an owner without the others has lost everything only before.
  if (crosses(17))
    changes.push((sql, kind) =>
      kind === "grant" ? sql.replace(/^REVOKE (?:\w+,){6}\w+ ON TABLE/, "REVOKE ALL ON TABLE") : sql,
    );
  // 17 made json a keyword of its grammar.
  if (crosses(17)) changes.push((sql) => sql.replaceAll('"json"', "json"));
  // 18 gives NOT NULL constraints names, and pg_dump shows those that are not the default for a name.
  if (crosses(18)) changes.push(withoutNotNullNames);
  return ({ sql, kind }) => tidy(changes.reduce((text, change) => change(text, kind), sql));
}

/** What a statement says, in whatever words; two say the same when their structures are equal and their columns agree. */
export interface Meaning {
  structure: string;
  /** Of a view, what names its columns: with the name of their table or without, which servers do only where they must since 16. */
  columns: string[][];
}

/**
 * What a statement means: releases differ in the AS before the alias of an UPDATE or DELETE, and since 14 in IN before a procedure's
 * arguments. null where PostgreSQL's grammar, which must be loaded (loadClassifier), refuses it.
 */
export function meaningOf({ sql, kind }: SchemaStatement): Meaning | null {
  const isView = kind === "view" || kind === "materialized-view";
  const columns: string[][] = [];
  try {
    const structure =
      heirMeaning({ sql, kind }) ??
      JSON.stringify(parse(sql), (key, value: unknown) => {
        if (key === "location" || key === "stmt_len") return undefined;
        if (value === "FUNC_PARAM_DEFAULT") return "FUNC_PARAM_IN";
        if (!isView || key !== "ColumnRef") return value;
        columns.push(((value as { fields?: unknown[] }).fields ?? []).map((field) => JSON.stringify(field)));
        return {};
      });
    return { structure, columns };
  } catch {
    return null;
  }
}

/** True when both name the same columns: one without its table is the other's of that name. */
export function haveSameColumns(ours: Meaning["columns"], theirs: Meaning["columns"]): boolean {
  if (ours.length !== theirs.length) return false;
  return ours.every((one, index) => {
    const other = theirs[index] ?? [];
    const shared = Math.min(one.length, other.length);
    return one.slice(-shared).join() === other.slice(-shared).join();
  });
}

/**
 * What a table that inherits is made of, in whatever order its columns come: no CREATE TABLE brings back the order of columns
 * that its parents got later (listReorderedTables); null for other statements.
 */
function heirMeaning({ sql, kind }: Pick<SchemaStatement, "sql" | "kind">): string | null {
  if (kind !== "table" || !/\n\)\nINHERITS \(/.test(sql)) return null;
  const lines = sql.split("\n").map((line) => line.replace(/,$/, ""));
  return lines.sort().join("\n");
}

/** A child without its parent's default: printed as stored, and stored with a type once it was printed. */
function withoutTypesOfNullDefaults(sql: string, kind: StatementKind): string {
  return kind === "table" ? sql.replace(/ DEFAULT NULL::[^,\n]+?(?=,?\n| NOT NULL)/g, " DEFAULT NULL") : sql;
}

function withoutNotNullNames(sql: string): string {
  return sql
    .replace(/ CONSTRAINT "(?:[^"]|"")+" NOT NULL/g, " NOT NULL")
    .replace(/,?\n +CONSTRAINT \S+ NOT NULL "(?:[^"]|"")+"(?: NO INHERIT)?(?=,?\n)/g, "");
}

/** Blank lines and spaces at the end of lines mean nothing outside of function bodies, and there no more than a comment. */
function tidy(sql: string): string {
  return sql.replace(/[ \t]+$/gm, "").replace(/\n{2,}/g, "\n");
}
