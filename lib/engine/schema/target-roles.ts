import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import { lostForRole } from "../roles/lost-for-role";
import type { SchemaStatement, StatementKind } from "./statement";

/** Roles of the target, by what the login can do with them. */
export interface TargetRoles {
  /** The login's own role: what it creates is its own already. */
  login: string;
  existing: ReadonlySet<string>;
  /** Roles the login can give objects to. */
  assignable: ReadonlySet<string>;
  /** Roles whose rights the login has without asking: what belongs to others of the assignable ones is out of its reach. */
  inherited: ReadonlySet<string>;
  /** A superuser may give anything to anyone and lose nothing. */
  superuser: boolean;
}

interface RoleRow {
  name: string;
  login: boolean;
  assignable: boolean;
  inherited: boolean;
  superuser: boolean;
}

/** Reads the roles over a session of the target. */
export async function readTargetRoles(client: pg.Client): Promise<TargetRoles> {
  const { rows } = await client.query<RoleRow>(
    `select rolname as name,
            rolname = current_user as login,
            pg_catalog.pg_has_role(oid, 'usage') as inherited,
            rolsuper as superuser,
            pg_catalog.pg_has_role(oid, case when pg_catalog.current_setting('server_version_num')::int >= 160000
                                             then 'set' else 'member' end) as assignable
     from pg_catalog.pg_roles`,
  );
  return {
    login: rows.find((row) => row.login)?.name ?? "",
    existing: new Set(rows.map((row) => row.name)),
    assignable: new Set(rows.filter((row) => row.assignable).map((row) => row.name)),
    inherited: new Set(rows.filter((row) => row.inherited).map((row) => row.name)),
    superuser: rows.some((row) => row.login && row.superuser),
  };
}

const OWNERSHIP: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "owner",
  "grant",
  "default-privileges",
]);

/**
 * Sets aside owners and grants for roles that are missing on the target or that the login may not act for: sending
 * thousands of them only to be refused takes minutes. One warning for each kind and role tells how many they were.
 * Statements that need a role to exist at all, such as policies, stay and fail by themselves.
 */
export function withoutMissingRoles(
  statements: readonly SchemaStatement[],
  roles: TargetRoles,
): { kept: SchemaStatement[]; warnings: ObjectFailure[] } {
  const dropped = new Map<string, { role: string; statements: SchemaStatement[] }>();
  const kept = statements.filter((statement) => {
    if (isOwnedAlready(statement, roles.login) || isLeftForLater(statement, roles)) return false;
    const role = unusableRole(statement, roles);
    if (role === undefined) return true;
    const key = `${statement.kind} ${role}`;
    const group = dropped.get(key) ?? { role, statements: [] };
    group.statements.push(statement);
    dropped.set(key, group);
    return false;
  });
  const warnings = [...dropped.values()].map((group) => lostForRole(group.role, group.statements, roles));
  return { kept, warnings };
}

/** A third of all statements of a dump by the same user; schema public is not created here and may be another's. */
function isOwnedAlready(statement: SchemaStatement, login: string): boolean {
  return statement.kind === "owner" && statement.roles[0] === login && !/^alter schema/i.test(statement.sql);
}

/**
 * True for what assignOwners() does at the end: without being a superuser the login keeps everything until then. What it
 * is granted itself would be lost in its ownership, and default privileges of a role whose rights it lacks are that
 * role's to set.
 */
export function isLeftForLater({ kind, roles: named }: SchemaStatement, roles: TargetRoles): boolean {
  const [role] = named;
  if (roles.superuser || role === undefined) return false;
  if (kind === "grant") return named.includes(roles.login);
  if (role === roles.login || !roles.assignable.has(role)) return false;
  if (kind === "owner") return true;
  const isOthers = kind === "default-privileges" && !roles.inherited.has(role);
  return isOthers && named.every((one) => roles.existing.has(one));
}

function unusableRole(statement: SchemaStatement, roles: TargetRoles): string | undefined {
  if (!OWNERSHIP.has(statement.kind)) return undefined;
  const needed = statement.kind === "owner" ? roles.assignable : roles.existing;
  // Default privileges are what their role gives away itself.
  const [giver] = statement.kind === "default-privileges" ? statement.roles : [];
  if (giver !== undefined && roles.existing.has(giver) && !roles.assignable.has(giver)) return giver;
  return statement.roles.find((role) => !needed.has(role));
}
