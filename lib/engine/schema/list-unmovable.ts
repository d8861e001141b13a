import type pg from "pg";
import { displayName } from "@/lib/postgres/sql";
import { describeCode, type ErrorCode } from "@/lib/util/error-codes";
import type { ObjectFailure, TableName } from "../events";
import { describeReordered, listReorderedTables } from "./reordered-tables";
import { unmovableQueries } from "./unmovable-queries";

/** What of a target decides what it can take. */
export interface UnmovableTarget {
  /** server_version_num, e.g. 170005. */
  version: number;
  superuser: boolean;
  roles: ReadonlySet<string>;
  /** Extensions that only a superuser may create there; empty where the service lets others. */
  reservedExtensions: ReadonlySet<string>;
}

/** An object of the source that will not be on the target as it is, and why. */
export interface UnmovableObject {
  /** "function", "event trigger", ...: a word for people. */
  kind: string;
  /** As PostgreSQL shows it: qualified, quoted where it must be. */
  object: string;
  /** A clause for people, without a full stop. */
  reason: string;
}

/** Asks a target, over a session of any of its databases. Throws what the server reports. */
export async function readUnmovableTarget(client: pg.Client): Promise<UnmovableTarget> {
  const { rows } = await client.query<{
    version: string;
    superuser: boolean;
    managed: boolean;
    roles: string[];
    reserved: string[];
  }>(`
    select pg_catalog.current_setting('server_version_num') as version,
           (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
           pg_catalog.current_setting('azure.extensions', true) is not null
             or exists (select from pg_catalog.pg_roles where rolname in ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'alloydbsuperuser')) as managed,
           (select coalesce(pg_catalog.json_agg(rolname), '[]') from pg_catalog.pg_roles) as roles,
           (select coalesce(pg_catalog.json_agg(v.name), '[]')
              from pg_catalog.pg_available_extensions e
              join pg_catalog.pg_available_extension_versions v on v.name = e.name and v.version = e.default_version
             where v.superuser and coalesce(pg_catalog.to_jsonb(v) ->> 'trusted', 'false') = 'false') as reserved`);
  const [row] = rows;
  return {
    version: Number(row?.version ?? 0),
    superuser: row?.superuser ?? false,
    roles: new Set(row?.roles),
    reservedExtensions: new Set(row?.superuser || row?.managed ? [] : row?.reserved),
  };
}

/**
 * Everything in the current database of the source that pg_dump does not print, that the target login may not create or
 * that the target's version does not know, by kind and name. Reads catalogues that every login may read. Roles that own
 * things or were granted them are not looked at. Throws what the server reports.
 */
export async function listUnmovable(source: pg.Client, target: UnmovableTarget): Promise<UnmovableObject[]> {
  // As text: a database may have a cast from text to integer of its own.
  const { rows: versions } = await source.query<{ version: string }>(
    "select pg_catalog.current_setting('server_version_num') as version",
  );
  const sourceVersion = Number(versions[0]?.version ?? 0);
  const found: UnmovableObject[] = await listSubscriptions(source);
  for (const sql of unmovableQueries(sourceVersion, target)) {
    const { rows } = await source.query<UnmovableObject>(sql);
    found.push(...rows);
  }
  const roles = await listForMissingRoles(source, target);
  const extensions = await listReservedExtensions(source, target);
  return [...found, ...roles, ...extensions];
}

/** What is lost although no statement fails: warnings for a move of what `filter` lets through. Throws what the server reports. */
export async function listSilentLosses(
  source: pg.Client,
  filter: { moves(relation: TableName): boolean },
): Promise<ObjectFailure[]> {
  const subscriptions = await listSubscriptions(source);
  const reordered = (await listReorderedTables(source)).filter(filter.moves);
  return [
    ...subscriptions.map(({ kind, object, reason }) =>
      lossOf("OBJECT_NOT_MOVED", kind, object, `${kind} ${object}: ${reason}`),
    ),
    ...reordered.map((table) => {
      const object = displayName(table.schema, table.name);
      return lossOf("COLUMNS_REORDERED", "table", object, describeReordered(table));
    }),
  ];
}

function lossOf(code: ErrorCode, kind: string, object: string, message: string): ObjectFailure {
  const { remedy } = describeCode(code);
  return { severity: "warning", kind, object, code, sqlState: null, message, remedy, statement: null };
}

/** Not printed by pg_dump as it is called. */
async function listSubscriptions(source: pg.Client): Promise<UnmovableObject[]> {
  const { rows: known } = await source.query(
    "select pg_catalog.to_regclass('pg_catalog.pg_subscription') as name",
  );
  if (!known[0]?.name) return [];
  const { rows } = await source.query<UnmovableObject>(`
    select 'subscription' as kind, pg_catalog.quote_ident(s.subname) as object,
           'subscriptions are not moved, or two would pull from one publisher' as reason
      from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
     where d.datname = pg_catalog.current_database() order by 2`);
  return rows;
}

async function listForMissingRoles(
  source: pg.Client,
  { roles }: UnmovableTarget,
): Promise<UnmovableObject[]> {
  const { rows } = await source.query<UnmovableObject & { role: string }>(`
    select 'policy' as kind, pg_catalog.format('%I on %I.%I', p.polname, n.nspname, c.relname) as object, r.rolname as role
      from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_roles r on r.oid = any (p.polroles)
    union all
    select 'user mapping', pg_catalog.format('for %I on %I', m.usename, m.srvname), m.usename::text
      from pg_catalog.pg_user_mappings m where m.umuser <> 0
     order by 1, 2, 3`);
  return rows
    .filter(({ role }) => !roles.has(role))
    .map(({ kind, object, role }) => ({ kind, object, reason: `the target has no role ${role}` }));
}

async function listReservedExtensions(
  source: pg.Client,
  { reservedExtensions }: UnmovableTarget,
): Promise<UnmovableObject[]> {
  const { rows } = await source.query<{ name: string }>(
    "select extname as name from pg_catalog.pg_extension where extname <> 'plpgsql' order by 1",
  );
  return rows
    .filter(({ name }) => reservedExtensions.has(name))
    .map(({ name }) => ({
      kind: "extension",
      object: name,
      reason: "only a superuser may create it on the target",
    }));
}
