import type { ObjectFailure } from "@/lib/engine/events";
import type { SchemaStatement, StatementKind } from "@/lib/engine/schema/statement";
import type { TargetRoles } from "@/lib/engine/schema/target-roles";
import { displayIdent } from "@/lib/postgres/sql";

const WHAT: Partial<Record<StatementKind, string>> = {
  owner: "ownership",
  grant: "privileges",
  "default-privileges": "default privileges",
};

/** Names of one kind in a message; the statements beside it hold them all, as far as a log can. */
const NAMES = 100;
const STATEMENT_LIMIT = 10_000;

/**
 * One warning for what a role of the source has not got on the target, with the names of the objects by their kind and the
 * statements that would give it to the role.
 */
export function lostForRole(
  role: string,
  statements: readonly SchemaStatement[],
  roles: TargetRoles,
): ObjectFailure {
  const kind = statements[0]?.kind ?? "owner";
  const what = WHAT[kind] ?? "privileges";
  const verb = kind === "owner" ? "was" : "were";
  const count = `${statements.length} ${statements.length === 1 ? "statement" : "statements"}`;
  const missing = !roles.existing.has(role);
  const name = displayIdent(role);
  const objects = [...new Set(statements.map((statement) => statement.object))];
  const names = namesByKind(statements);
  const of = names === "" ? "" : ` of ${names}`;
  return {
    severity: "warning",
    kind,
    object: objects.length === 1 ? (objects[0] ?? "") : `${objects.length} objects`,
    code: missing ? "ROLE_MISSING" : "PRIVILEGE_MISSING",
    sqlState: null,
    message: missing
      ? `role ${name} does not exist on the target; its ${what}${of} ${verb} not set (${count})`
      : `the target login is not a member of role ${name}; ${what}${of} ${kind === "owner" ? "stays with the login" : `${verb} not set`} (${count})`,
    remedy: missing
      ? `create role ${name} on the target, then run the statements shown, or migrate again.`
      : `grant ${name} to the target login, then run the statements shown, or migrate again.`,
    statement: script(statements),
  };
}

/** `ALTER MATERIALIZED VIEW "s"."v" OWNER`, `GRANT ALL ON FOREIGN SERVER "s"`: the words before the name. */
const KIND = /^(?:ALTER|(?:GRANT|REVOKE)\b[\s\S]*? ON) ((?:[A-Z]+ )*?[A-Z]+) (?:ONLY )?["\d]/;

/** `tables a, b; function f(integer)`. */
function namesByKind(statements: readonly SchemaStatement[]): string {
  const byKind = new Map<string, Set<string>>();
  for (const { sql, object, kind } of statements) {
    if (kind === "default-privileges" || object === "") continue;
    const word = (KIND.exec(sql)?.[1] ?? "object").toLowerCase();
    byKind.set(word, (byKind.get(word) ?? new Set()).add(object));
  }
  return [...byKind].map(([word, names]) => `${word} ${listed([...names])}`).join("; ");
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES;
  return more > 0 ? `${names.slice(0, NAMES).join(", ")} and ${more} more` : names.join(", ");
}

function script(statements: readonly SchemaStatement[]): string {
  let text = "";
  for (const { sql } of statements) {
    if (text.length + sql.length > STATEMENT_LIMIT && text !== "") return text;
    text += `${text === "" ? "" : ";\n"}${sql}`;
  }
  return text.slice(0, STATEMENT_LIMIT);
}
