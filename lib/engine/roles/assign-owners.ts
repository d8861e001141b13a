import type pg from "pg";
import type { ObjectFailure } from "@/lib/engine/events";
import type { MissingObjects } from "@/lib/engine/schema/missing-objects";
import { runStatements } from "@/lib/engine/schema/run-statements";
import type { SchemaStatement } from "@/lib/engine/schema/statement";
import { isLeftForLater, type TargetRoles } from "@/lib/engine/schema/target-roles";
import { displayIdent, displayName, ident } from "@/lib/postgres/sql";

export interface AssignOwnersOptions {
  /** A session of the target database. */
  client: pg.Client;
  /** The whole restored schema; owners, and what only they may do, are taken from it. */
  statements: readonly SchemaStatement[];
  missing: MissingObjects;
  roles: TargetRoles;
  signal: AbortSignal;
}

/**
 * Gives objects to their owners when all the rest is done, where the login is no superuser: it may be allowed to become a
 * role without having its rights, and could then not write, index or refresh what is the role's. The new owner of an
 * object needs CREATE on its schema (sql-altertable.html); where it has not got that on the source either, it gets it for
 * the while. Returns what the target refused; throws as runStatements() does.
 */
export async function assignOwners(options: AssignOwnersOptions): Promise<ObjectFailure[]> {
  const { roles } = options;
  if (roles.superuser) return [];
  const later = options.statements.filter((statement) => isLeftForLater(statement, roles));
  const owners = later.filter(({ kind }) => kind === "owner");
  const isSchema = ({ sql }: SchemaStatement) => /^alter schema\b/i.test(sql);
  // As if by a superuser: nothing is left for later any more.
  const common = { ...options, roles: { ...roles, superuser: true } };
  const run = (statements: readonly SchemaStatement[]) => runStatements({ ...common, statements });
  const failures: ObjectFailure[] = [];
  for (const [role, statements] of byRole(owners.filter((one) => !isSchema(one)))) {
    const lent = await lendCreate(options.client, role, statements);
    try {
      failures.push(...(await run(statements.filter((one) => !isSequence(one)))));
      const done = await sequencesOf(options.client, role);
      failures.push(...(await run(statements.filter((one) => isSequence(one) && !done.has(one.object)))));
    } finally {
      await takeBack(options.client, role, lent);
    }
  }
  // As long as the login has them it can lend.
  failures.push(...(await run(owners.filter(isSchema))));
  for (const [role, statements] of byRole(asTheirOwner(later)))
    failures.push(...(await run([become(role), ...statements, STAY])));
  return failures;
}

function isSequence({ sql }: SchemaStatement): boolean {
  return /^alter sequence\b/i.test(sql);
}

/** A sequence that belongs to a column has gone to the new owner with its table. */
async function sequencesOf(client: pg.Client, role: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'S' and pg_catalog.pg_get_userbyid(c.relowner) = $1`,
    [role],
  );
  return new Set(rows.map(({ schema, name }) => displayName(schema, name)));
}

/** Default privileges of a role, and what it grants to the login on what has become its own. */
function asTheirOwner(later: readonly SchemaStatement[]): SchemaStatement[] {
  const ownerOf = new Map(
    later.flatMap(({ kind, object, roles }) => (kind === "owner" && roles[0] ? [[object, roles[0]]] : [])),
  );
  return later.flatMap((one) => {
    if (one.kind === "default-privileges") return [one];
    const owner = ownerOf.get(one.object);
    return one.kind === "grant" && owner !== undefined ? [{ ...one, roles: [owner] }] : [];
  });
}

function byRole(statements: readonly SchemaStatement[]): Map<string, SchemaStatement[]> {
  const groups = new Map<string, SchemaStatement[]>();
  for (const statement of statements) {
    const role = statement.roles[0] ?? "";
    groups.set(role, [...(groups.get(role) ?? []), statement]);
  }
  return groups;
}

function become(role: string): SchemaStatement {
  return { ...STAY, sql: `set role ${ident(role)}` };
}

const STAY: SchemaStatement = { sql: "reset role", kind: "setting", object: "role", table: null, roles: [] };

/** Grants CREATE where the role needs it and has it not. Returns the schemas; what cannot be granted shows afterwards. */
async function lendCreate(
  client: pg.Client,
  role: string,
  statements: readonly SchemaStatement[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_catalog.pg_namespace
      where nspname !~ '^pg_' and nspname <> 'information_schema'
        and not pg_catalog.has_schema_privilege($1::name, oid, 'create')
        and pg_catalog.pg_has_role(nspowner, 'usage')`,
    [role],
  );
  const lent: string[] = [];
  for (const { name } of rows) {
    const prefix = `${displayIdent(name)}.`;
    if (!statements.some(({ object }) => object.startsWith(prefix))) continue;
    await client.query(`grant create on schema ${ident(name)} to ${ident(role)}`);
    lent.push(name);
  }
  return lent;
}

async function takeBack(client: pg.Client, role: string, schemas: readonly string[]): Promise<void> {
  for (const name of schemas)
    await client.query(`revoke create on schema ${ident(name)} from ${ident(role)}`);
}
