import type { Constraint } from "libpg-query";
import { displayIdent } from "@/lib/postgres/sql";
import type { StatementFacts } from "./classify-alter-table";
import { displayOn, displayTable, type QualifiedName } from "./syntax-names";

/**
 * The statements that dumps of many tables consist of, in exactly the words in which pg_dump writes them with
 * --quote-all-identifiers. Parsing them by the grammar would take longer than the server takes to run some. Whatever differs in
 * a letter is left to the grammar.
 */
const IDENT = '"(?:[^"]|"")+"';
const IDENTS = `${IDENT}(?:, ${IDENT})*`;
const TABLE = `(${IDENT})\\.(${IDENT})`;
const ADD = `^ALTER TABLE ONLY ${TABLE}\\n    ADD CONSTRAINT (${IDENT})`;
const KEY = new RegExp(`${ADD} (PRIMARY KEY|UNIQUE) \\((${IDENTS})\\)$`);

type Groups = readonly string[];
type Reader = (groups: Groups) => StatementFacts;

const FORMS: readonly (readonly [RegExp, Reader])[] = [
  [new RegExp(`^CREATE (?:UNLOGGED )?TABLE ${TABLE} \\(\\n(?![^]*PARTITION BY)`), readTable],
  [new RegExp(`^ALTER TABLE (?:ONLY )?${TABLE} OWNER TO (${IDENT})$`), readOwner],
  [new RegExp(`^CREATE (?:UNIQUE )?INDEX (${IDENT}) ON ${TABLE} USING `), readIndex],
  [KEY, readKey],
  [new RegExp(`${ADD} FOREIGN KEY \\(${IDENTS}\\) REFERENCES ${TABLE}\\(`), readForeignKey],
  [new RegExp(`^CREATE SEQUENCE ${TABLE}\\n`), readSequence],
  [new RegExp(`^ALTER SEQUENCE ${TABLE} OWNED BY `), readSequence],
  [new RegExp(`^ALTER TABLE ONLY ${TABLE} ALTER COLUMN (${IDENT}) SET DEFAULT `), readDefault],
  [/^SET (?!session_authorization)([a-z_]+) = /, ([name = ""]) => ({ kind: "setting", object: name })],
  [/^SELECT pg_catalog\.set_config\('search_path', '', false\)$/, () => ({ kind: "setting" })],
];

/** What the grammar would say of a statement in one of the known forms; null of any other. */
export function classifyQuickly(sql: string): StatementFacts | null {
  for (const [form, read] of FORMS) {
    const match = form.exec(sql);
    if (match) return read(match.slice(1));
  }
  return null;
}

function unquoted(name: string | undefined): string {
  return (name ?? "").slice(1, -1).replaceAll('""', '"');
}

function nameOf([schema, name]: Groups): QualifiedName {
  return { schema: unquoted(schema), name: unquoted(name) };
}

function readTable(groups: Groups): StatementFacts {
  const table = nameOf(groups);
  return { kind: "table", object: displayTable(table), table, partitioned: false };
}

function readOwner(groups: Groups): StatementFacts {
  const table = nameOf(groups);
  return { kind: "owner", object: displayTable(table), table, roles: [unquoted(groups[2])] };
}

function readIndex([index, ...groups]: Groups): StatementFacts {
  const table = nameOf(groups);
  const object = displayTable({ schema: table.schema, name: unquoted(index) });
  return { kind: "index", object, table, partitioned: false };
}

function readKey(groups: Groups): StatementFacts {
  const table = nameOf(groups);
  const object = displayTable({ schema: table.schema, name: unquoted(groups[2]) });
  return { kind: groups[3] === "PRIMARY KEY" ? "primary-key" : "unique", object, table };
}

/** What the grammar would say of a primary key or unique constraint in its known form; null of any other statement. */
export function parseKeyQuickly(sql: string): { table: QualifiedName; constraint: Constraint } | null {
  const groups = KEY.exec(sql)?.slice(1);
  if (!groups) return null;
  const contype = groups[3] === "PRIMARY KEY" ? "CONSTR_PRIMARY" : "CONSTR_UNIQUE";
  const keys = (groups[4]?.match(new RegExp(IDENT, "g")) ?? []).map((key) => ({
    String: { sval: unquoted(key) },
  }));
  return { table: nameOf(groups), constraint: { contype, conname: unquoted(groups[2]), keys } };
}

function readForeignKey(groups: Groups): StatementFacts {
  const table = nameOf(groups);
  const object = displayOn(unquoted(groups[2]), table);
  return { kind: "foreign-key", object, table, references: nameOf(groups.slice(3)) };
}

function readSequence(groups: Groups): StatementFacts {
  return { kind: "sequence", object: displayTable(nameOf(groups)) };
}

function readDefault(groups: Groups): StatementFacts {
  const table = nameOf(groups);
  return {
    kind: "column-default",
    object: `${displayTable(table)}.${displayIdent(unquoted(groups[2]))}`,
    table,
  };
}
