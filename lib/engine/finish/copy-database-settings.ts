import type pg from "pg";
import { displayIdent, ident, literal } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { ObjectFailure } from "../events";
import { readTargetRoles, type TargetRoles } from "../schema/target-roles";
import { labelStatements, type SecurityLabel } from "./security-labels";
import { tryStatement } from "./try-statement";

/** What belongs to a database and not to its schema: `alter database`, `alter role ... in database`, comment, labels, privileges. */
export interface DatabaseSettings {
  owner: string;
  comment: string | null;
  /** SECURITY LABEL ON DATABASE. */
  labels: SecurityLabel[];
  /** -1: as many as the server takes. */
  connectionLimit: number;
  /** "name=value", for all roles (role null) or one. */
  settings: { role: string | null; values: string[] }[];
  /** null: the privileges a new database has. */
  privileges: DatabasePrivilege[] | null;
}

interface DatabasePrivilege {
  /** "" is everybody. */
  grantee: string;
  privilege: "CONNECT" | "CREATE" | "TEMPORARY";
  grantable: boolean;
}

/** Reads the properties of the current database of the source. Throws what the server reports. */
export async function readDatabaseSettings(source: pg.Client): Promise<DatabaseSettings> {
  const { rows } = await source.query<DatabaseSettings>(`
    select pg_catalog.pg_get_userbyid(d.datdba) as owner,
           pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
           (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label) order by l.provider), '[]')
              from pg_catalog.pg_shseclabel l
             where l.objoid = d.oid and l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass) as labels,
           d.datconnlimit as "connectionLimit",
           (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('role', r.rolname, 'values', s.setconfig) order by r.rolname nulls first), '[]')
              from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
             where s.setdatabase = d.oid and (s.setrole = 0 or r.oid is not null)) as settings,
           case when d.datacl is not null then
             (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                       'grantee', coalesce(r.rolname, ''), 'privilege', a.privilege_type, 'grantable', a.is_grantable) order by r.rolname, a.privilege_type), '[]')
                from pg_catalog.aclexplode(d.datacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee
               where a.grantee = 0 or r.oid is not null) end as privileges
      from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`);
  const [row] = rows;
  if (!row) throw new CodedError("DATABASE_VANISHED", "The database is no longer on the source.");
  return row;
}

/**
 * Gives them to the current database of the target; sessions that are open keep what they have. Returns a warning for
 * each the target refuses, e.g. a parameter it does not know, and one for each role that is missing there.
 */
export async function applyDatabaseSettings(
  target: pg.Client,
  settings: DatabaseSettings,
): Promise<ObjectFailure[]> {
  const { rows } = await target.query<{ name: string }>("select pg_catalog.current_database() as name");
  const database = rows[0]?.name ?? "";
  const roles = await readTargetRoles(target);
  const failures = missingRoles(database, settings, roles);
  for (const statement of statementsFor(database, settings, roles)) {
    const failure = await tryStatement(target, statement, subjectOf(database));
    if (failure) failures.push(failure);
  }
  return failures;
}

function subjectOf(database: string) {
  return { kind: "database-setting", object: displayIdent(database) } as const;
}

function statementsFor(name: string, settings: DatabaseSettings, roles: TargetRoles): string[] {
  const database = ident(name);
  const statements = settings.settings.flatMap(({ role, values }) => {
    if (role !== null && !roles.existing.has(role)) return [];
    const subject = role === null ? `database ${database}` : `role ${ident(role)} in database ${database}`;
    return values.map((value) => `alter ${subject} set ${assignment(value)}`);
  });
  if (settings.comment !== null)
    statements.push(`comment on database ${database} is ${literal(settings.comment)}`);
  statements.push(...labelStatements(`database ${database}`, settings.labels));
  if (settings.connectionLimit >= 0)
    statements.push(`alter database ${database} connection limit ${settings.connectionLimit}`);
  statements.push(...privilegeStatements(database, settings, roles));
  // Last, and only to a role whose rights the login has: the database must stay within its reach.
  const { owner } = settings;
  if (owner !== roles.login && roles.assignable.has(owner) && roles.inherited.has(owner))
    statements.push(`alter database ${database} owner to ${ident(owner)}`);
  return statements;
}

/** The database belongs to the login that created it, and what it says of its own rights becomes the owner's. */
function privilegeStatements(
  database: string,
  { owner, privileges }: DatabaseSettings,
  roles: TargetRoles,
): string[] {
  if (privileges === null) return [];
  const granted = privileges.filter(
    ({ grantee }) => grantee !== owner && (grantee === "" || roles.existing.has(grantee)),
  );
  const own = privileges.filter(({ grantee }) => grantee === owner).map(({ privilege }) => privilege);
  const lost = (["CREATE", "CONNECT", "TEMPORARY"] as const).filter((privilege) => !own.includes(privilege));
  return [
    `revoke all on database ${database} from public`,
    ...granted.map(({ grantee, privilege, grantable }) => {
      const to = grantee === "" ? "public" : ident(grantee);
      return `grant ${privilege} on database ${database} to ${to}${grantable ? " with grant option" : ""}`;
    }),
    ...lost.map((privilege) => `revoke ${privilege} on database ${database} from ${ident(roles.login)}`),
  ];
}

/** One warning for each role of the source that the target does not have, or that the login may not give the database to. */
function missingRoles(
  database: string,
  { owner, settings, privileges }: DatabaseSettings,
  roles: TargetRoles,
): ObjectFailure[] {
  const lost = new Map<string, string[]>();
  const note = (role: string, what: string) => lost.set(role, [...(lost.get(role) ?? []), what]);
  if (owner !== roles.login && !(roles.assignable.has(owner) && roles.inherited.has(owner)))
    note(owner, "ownership");
  for (const { grantee, privilege } of privileges ?? [])
    if (grantee !== "" && grantee !== owner && !roles.existing.has(grantee)) note(grantee, privilege);
  for (const { role, values } of settings)
    if (role !== null && !roles.existing.has(role)) note(role, values.map(nameOf).join(", "));
  return [...lost].map(([role, what]) => {
    const name = displayIdent(role);
    const missing = !roles.existing.has(role);
    return {
      severity: "warning",
      ...subjectOf(database),
      code: missing ? "ROLE_MISSING" : "PRIVILEGE_MISSING",
      sqlState: null,
      message: missing
        ? `role ${name} does not exist on the target; of the database it has not got: ${what.join(", ")}`
        : `the target login does not have the rights of role ${name}; the database stays with the login`,
      remedy: missing
        ? `create role ${name} on the target, then give it what is missing, or migrate again.`
        : `grant ${name} to the target login, then set what is missing, or migrate again.`,
      statement: null,
    };
  });
}

function nameOf(setting: string): string {
  return setting.slice(0, setting.indexOf("="));
}

/** Parameters that are lists of identifiers, stored as "a", b (GUC_LIST_QUOTE): one literal for each, or they become one name. */
const QUOTED_LISTS: ReadonlySet<string> = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

const LIST_ELEMENT = /"((?:[^"]|"")*)"|[^,\s"]+/g;

function assignment(setting: string): string {
  const name = nameOf(setting);
  const value = setting.slice(name.length + 1);
  const parameter = name.split(".").map(ident).join(".");
  if (!QUOTED_LISTS.has(name.toLowerCase())) return `${parameter} = ${literal(value)}`;
  const elements = [...value.matchAll(LIST_ELEMENT)].map(([plain, quoted]) =>
    literal(quoted === undefined ? plain : quoted.replaceAll('""', '"')),
  );
  return `${parameter} = ${elements.join(", ") || "''"}`;
}
