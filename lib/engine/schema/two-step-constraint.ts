import type { Constraint, Node } from "libpg-query";
import { ident, literal, qualified } from "@/lib/postgres/sql";
import { addedConstraint } from "./classify-alter-table";
import { parseKeyQuickly } from "./classify-quickly";
import { parse } from "./grammar";
import { type QualifiedName, strings, tableOf } from "./syntax-names";

interface TableConstraint {
  table: QualifiedName;
  constraint: Constraint;
}

/**
 * Takes ADD PRIMARY KEY or ADD UNIQUE apart: CREATE UNIQUE INDEX, during which other indexes of the table can be
 * built, and an instant ADD CONSTRAINT ... USING INDEX. Null where PostgreSQL has no such form (WITHOUT OVERLAPS
 * makes an exclusion constraint) or an option is not understood. To be called with statements that were classified before.
 * https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX
 */
export function twoStepConstraint(sql: string): readonly [createIndex: string, addConstraint: string] | null {
  const parsed = parseKeyQuickly(sql) ?? parseKey(sql);
  return parsed && takeApart(parsed);
}

function parseKey(sql: string): TableConstraint | null {
  const node = parse(sql).stmts?.[0]?.stmt;
  if (!node || !("AlterTableStmt" in node)) return null;
  const constraint = addedConstraint(node.AlterTableStmt);
  return constraint && { table: tableOf(node.AlterTableStmt.relation), constraint };
}

function takeApart({ table, constraint }: TableConstraint): readonly [string, string] | null {
  const name = constraint.conname;
  const word = constraint.contype === "CONSTR_PRIMARY" ? "PRIMARY KEY" : "UNIQUE";
  const options = storageOptions(constraint.options);
  const keys = strings(constraint.keys);
  if (name === undefined || options === null || keys.length === 0) return null;
  if (constraint.without_overlaps || constraint.indexname !== undefined) return null;
  const including = strings(constraint.including);
  const createIndex = [
    `CREATE UNIQUE INDEX ${ident(name)} ON ${qualified(table.schema, table.name)} USING btree (${list(keys)})`,
    including.length > 0 ? ` INCLUDE (${list(including)})` : "",
    constraint.nulls_not_distinct ? " NULLS NOT DISTINCT" : "",
    options,
  ].join("");
  const addConstraint = [
    `ALTER TABLE ONLY ${qualified(table.schema, table.name)} ADD CONSTRAINT ${ident(name)} ${word} USING INDEX ${ident(name)}`,
    constraint.deferrable ? " DEFERRABLE" : "",
    constraint.initdeferred ? " INITIALLY DEFERRED" : "",
  ].join("");
  return [createIndex, addConstraint];
}

function list(names: readonly string[]): string {
  return names.map(ident).join(", ");
}

/** ` WITH (fillfactor='70')`, "" without options, null when one has a form that is not known here. */
function storageOptions(options: readonly Node[] | undefined): string | null {
  const parts: string[] = [];
  for (const option of options ?? []) {
    if (!("DefElem" in option)) return null;
    const { defname, defnamespace, arg } = option.DefElem;
    if (defname === undefined || defnamespace !== undefined || !arg) return null;
    if ("String" in arg) parts.push(`${ident(defname)}=${literal(arg.String.sval ?? "")}`);
    else if ("Integer" in arg) parts.push(`${ident(defname)}=${arg.Integer.ival ?? 0}`);
    else return null;
  }
  return parts.length === 0 ? "" : ` WITH (${parts.join(", ")})`;
}
