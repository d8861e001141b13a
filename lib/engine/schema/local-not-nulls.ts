import type { Node } from "libpg-query";
import { ident, qualified } from "@/lib/postgres/sql";
import { loadGrammar, parse } from "./grammar";
import type { SchemaStatement } from "./statement";

/** The first that takes NOT NULL as a constraint of a table, besides as one of a column. */
const TABLE_CONSTRAINT_SINCE = 18;

/** As pg_dump indents the elements of a table. */
const SEEMS_TO_HAVE = /^ {4}NOT NULL "/m;

/**
 * For a target before 18 takes out of CREATE TABLE what a pg_dump of 18 or later writes of an inherited column that is not null in
 * the child alone: `NOT NULL "a"` without the column (sql-createtable.html). Returns the names of the columns beside the
 * statement that is left.
 */
function withoutNotNulls(sql: string): { sql: string; columns: string[] } {
  let rest: Buffer = Buffer.from(sql);
  const columns: string[] = [];
  for (const element of elementsOf(parse(sql).stmts?.[0]?.stmt).toReversed()) {
    if (!("Constraint" in element) || element.Constraint.contype !== "CONSTR_NOTNULL") continue;
    const { location = 0, keys = [] } = element.Constraint;
    const [key] = keys;
    if (!key || !("String" in key)) continue;
    columns.unshift(key.String.sval ?? "");
    rest = cutElement(rest, location);
  }
  return { sql: rest.toString(), columns };
}

function elementsOf(root: Node | undefined): readonly Node[] {
  if (root && "CreateStmt" in root) return root.CreateStmt.tableElts ?? [];
  if (root && "CreateForeignTableStmt" in root) return root.CreateForeignTableStmt.base?.tableElts ?? [];
  return [];
}

/** `location` in bytes. The element stands on lines of its own, and is the last one that has no comma behind it. */
function cutElement(sql: Buffer, location: number): Buffer {
  const start = sql.lastIndexOf("\n", location);
  const end = sql.indexOf("\n", location);
  const isLast = sql[end - 1] !== COMMA;
  const before = isLast && sql[start - 1] === COMMA ? start - 1 : start;
  return Buffer.concat([sql.subarray(0, before), sql.subarray(end)]);
}

const COMMA = ",".charCodeAt(0);

/** The statement as a target of `targetVersion`, a major one, can take it, and the texts of those that have to follow it. */
export async function localNotNulls(
  statement: SchemaStatement,
  targetVersion: number,
): Promise<{ statement: SchemaStatement; following: string[] }> {
  const { kind, sql, table } = statement;
  const isMeant = kind === "table" || kind === "foreign-data";
  if (!isMeant || targetVersion >= TABLE_CONSTRAINT_SINCE || !table || !SEEMS_TO_HAVE.test(sql))
    return { statement, following: [] };
  await loadGrammar();
  const rest = withoutNotNulls(sql);
  const following = rest.columns.map(
    (column) =>
      `ALTER TABLE ONLY ${qualified(table.schema, table.name)} ALTER COLUMN ${ident(column)} SET NOT NULL`,
  );
  return { statement: { ...statement, sql: rest.sql }, following };
}
