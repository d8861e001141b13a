import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import { displayIdent } from "@/lib/postgres/sql";
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
    if (isOwnedAlready(statement, roles.login)) return false;
    const role = unusableRole(statement, roles);
    if (role === undefined) return true;
    const key = `${statement.kind} ${role}`;
    const group = dropped.get(key) ?? { role, statements: [] };
    group.statements.push(statement);
    dropped.set(key, group);
    return false;
  });
  const warnings = [...dropped.values()].map((group) => describe(group.role, group.statements, roles));
  return { kept, warnings };
}

/** A third of all statements of a dump by the same user; schema public is not created here and may be another's. */
function isOwnedAlready(statement: SchemaStatement, login: string): boolean {
  return statement.kind === "owner" && statement.roles[0] === login && !/^alter schema/i.test(statement.sql);
}

function unusableRole(statement: SchemaStatement, roles: TargetRoles): string | undefined {
  if (!OWNERSHIP.has(statement.kind)) return undefined;
  const needed = statement.kind === "owner" ? roles.assignable : roles.existing;
  return statement.roles.find((role) => !needed.has(role));
}

const WHAT: Partial<Record<StatementKind, string>> = {
  owner: "ownership",
  grant: "privileges",
  "default-privileges": "default privileges",
};

function describe(role: string, statements: readonly SchemaStatement[], roles: TargetRoles): ObjectFailure {
  const first = statements[0];
  const objects = new Set(statements.map((statement) => statement.object));
  const missing = !roles.existing.has(role);
  const what = WHAT[first?.kind ?? "owner"] ?? "privileges";
  const name = displayIdent(role);
  return {
    severity: "warning",
    kind: first?.kind ?? "owner",
    object: objects.size === 1 ? (first?.object ?? "") : `${objects.size} objects`,
    code: missing ? "ROLE_MISSING" : "PRIVILEGE_MISSING",
    sqlState: null,
    message: missing
      ? `role ${name} does not exist on the target; its ${what} was not set (${statements.length} statements)`
      : `the target login is not a member of role ${name}; ${what} stays with the login (${statements.length} statements)`,
    remedy: missing
      ? `create role ${name} on the target, then set what is missing, or migrate again.`
      : `grant ${name} to the target login, then set what is missing, or migrate again.`,
    statement: first?.sql ?? null,
  };
}
