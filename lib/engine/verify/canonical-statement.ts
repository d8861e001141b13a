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
  // 14 names the multirange type of every range type.
  if (crosses(14)) changes.push((sql) => sql.replace(/,?\n +multirange_type_name = [^\n]*?(?=,?\n)/g, ""));
  // 17 made json a keyword of its grammar.
  if (crosses(17)) changes.push((sql) => sql.replaceAll('"json"', "json"));
  // 18 gives NOT NULL constraints names, and pg_dump shows those that are not the default for a name.
  if (crosses(18)) changes.push(withoutNotNullNames);
  return ({ sql, kind }) => tidy(changes.reduce((text, change) => change(text, kind), sql));
}

/**
 * What a view means, whether its columns are written with the name of their table or without, which servers do only where they must
 * since 16; null for other statements. The grammar must be loaded (loadClassifier).
 */
export function viewMeaning({ sql, kind }: SchemaStatement): string | null {
  if (kind !== "view" && kind !== "materialized-view") return null;
  try {
    return JSON.stringify(parse(sql), (key, value: unknown) => {
      if (key === "location" || key === "stmt_len") return undefined;
      return key === "ColumnRef" ? { fields: (value as { fields?: unknown[] }).fields?.slice(-1) } : value;
    });
  } catch {
    return null;
  }
}

/**
 * What a table that inherits is made of, in whatever order its columns come: no CREATE TABLE brings back the order of columns
 * that its parents got later (listReorderedTables); null for other statements.
 */
export function heirMeaning({ sql, kind }: SchemaStatement): string | null {
  if (kind !== "table" || !/\n\)\nINHERITS \(/.test(sql)) return null;
  const lines = sql.split("\n").map((line) => line.replace(/,$/, ""));
  return lines.sort().join("\n");
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
