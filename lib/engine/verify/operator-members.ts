import type { SchemaStatement } from "../schema/statement";

/**
 * The statements, members of operator classes and families each in one of their own, as the family's: since 14 the operators and
 * support functions a class can do without belong to its family alone, and dumps print them there.
 */
export function inFamilies(statements: readonly SchemaStatement[]): SchemaStatement[] {
  return statements.flatMap((statement) =>
    statement.kind === "operator" ? membersApart(statement) : [statement],
  );
}

const CLASS =
  /^CREATE OPERATOR CLASS (?<name>.+)\n +(?:DEFAULT )?FOR TYPE (?<type>.+) USING (?<method>\S+)(?: FAMILY (?<family>.+))? AS\n(?<members>[\s\S]+)$/;
const FAMILY = /^ALTER OPERATOR FAMILY (?<family>.+) USING (?<method>\S+) ADD\n(?<members>[\s\S]+)$/;

function membersApart(statement: SchemaStatement): SchemaStatement[] {
  const { sql } = statement;
  const made = CLASS.exec(sql)?.groups;
  const added = FAMILY.exec(sql)?.groups;
  const { name, type, method, family = name, members } = made ?? added ?? {};
  if (members === undefined) return [statement];
  const lines = members.split(/ ?,\n/).map((line) => line.trim());
  // A class without members is printed with the type it is of.
  const stored = lines.filter((line) => line.startsWith("STORAGE ") && line !== `STORAGE ${type}`);
  const own = made && [{ ...statement, sql: [sql.slice(0, -members.length), ...stored].join("") }];
  const ofFamily = lines.filter((line) => !line.startsWith("STORAGE "));
  const apart = ofFamily.map((line) => `ALTER OPERATOR FAMILY ${family} USING ${method} ADD\n    ${line}`);
  return [...(own ?? []), ...apart.map((text) => ({ ...statement, sql: text }))];
}
