import type { SchemaStatement, StatementKind } from "../schema/statement";

/** Statements of a dump that say nothing about the schema. */
const SESSION_ONLY: ReadonlySet<StatementKind> = new Set<StatementKind>(["setting"]);

const OWNERSHIP: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "owner",
  "grant",
  "default-privileges",
]);

export interface Selection {
  source: SchemaStatement[];
  target: SchemaStatement[];
  /** Roles of the source for which owners and privileges were left out, because the target lacks them. */
  ignoredRoles: string[];
}

/**
 * What of two dumps is to be compared. Owners and privileges count only where the target has the roles: what belonged to another role
 * was given to the target's login, and that was told when it was done.
 */
export function selectStatements(
  source: readonly SchemaStatement[],
  target: readonly SchemaStatement[],
  sourceRoles: ReadonlySet<string>,
  targetRoles: ReadonlySet<string>,
): Selection {
  const ignored = new Set<string>();
  const reassigned = new Set<string>();
  const keptSource = source.filter((statement) => {
    if (SESSION_ONLY.has(statement.kind)) return false;
    if (!OWNERSHIP.has(statement.kind)) return true;
    const unknown = statement.roles.filter((role) => !targetRoles.has(role));
    for (const role of unknown) ignored.add(role);
    if (unknown.length > 0 && statement.kind === "owner") reassigned.add(ownedBy(statement));
    return unknown.length === 0;
  });
  const keptTarget = target.filter((statement) => {
    if (SESSION_ONLY.has(statement.kind)) return false;
    if (!OWNERSHIP.has(statement.kind)) return true;
    if (statement.kind === "owner" && reassigned.has(ownedBy(statement))) return false;
    return statement.kind === "owner" || statement.roles.every((role) => sourceRoles.has(role));
  });
  return { source: keptSource, target: keptTarget, ignoredRoles: [...ignored].sort() };
}

/** The statement up to the new owner: names the object with its kind. */
function ownedBy({ sql }: SchemaStatement): string {
  return sql.replace(/ OWNER TO [\s\S]*$/, "");
}
