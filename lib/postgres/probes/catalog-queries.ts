import type pg from "pg";
import type { InventoryDatabase } from "./report";

export interface ServerFacts {
  version: string;
  versionNumber: number;
  serverIdentity: string;
  isSuperuser: boolean;
}

export async function readServerFacts(client: pg.Client): Promise<ServerFacts> {
  const { rows } = await client.query<{
    version: string;
    number: string;
    identity: string;
    superuser: boolean;
  }>(`
    select current_setting('server_version') as version,
           current_setting('server_version_num') as number,
           (extract(epoch from pg_postmaster_start_time()) * 1000000)::numeric::text as identity,
           (select rolsuper from pg_roles where rolname = current_user) as superuser`);
  const row = rows[0];
  if (!row) throw new Error("the server returned no facts about itself");
  return {
    // "16.14 (Debian 16.14-1)" keeps its first word only.
    version: row.version.split(" ")[0] ?? row.version,
    versionNumber: Number(row.number),
    serverIdentity: row.identity,
    isSuperuser: row.superuser,
  };
}

/** pg_database_size raises without CONNECT, hence the case; templates and databases that allow no connection are left out. */
export async function inventoryDatabases(client: pg.Client): Promise<InventoryDatabase[]> {
  const { rows } = await client.query<
    Omit<InventoryDatabase, "sizeBytes" | "extensions"> & { size: string | null }
  >(`
    select datname as name,
           pg_get_userbyid(datdba) as owner,
           pg_encoding_to_char(encoding) as encoding,
           coalesce(datcollate, '') as collation,
           has_database_privilege(oid, 'connect') as "canConnect",
           case when has_database_privilege(oid, 'connect') then pg_database_size(oid)::text end as size
      from pg_database
     where not datistemplate and datallowconn
     order by datname`);
  return rows.map(({ size, ...database }) => ({
    ...database,
    sizeBytes: size === null ? null : Number(size),
    extensions: null,
  }));
}

/** Extensions that can be created, with their default versions; Azure lets only those be that azure.extensions names. */
export async function listAvailableExtensions(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; version: string }>(`
    select name, default_version as version
      from pg_available_extensions, (select current_setting('azure.extensions', true) as list) as allowed
     where list is null or name = 'plpgsql' or lower(name) = any (regexp_split_to_array(lower(list), '\\s*,\\s*'))
     order by name`);
  return Object.fromEntries(rows.map(({ name, version }) => [name, version]));
}

export async function listExtensions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ extension: string }>(
    "select extname || ' ' || extversion as extension from pg_extension where extname <> 'plpgsql' order by 1",
  );
  return rows.map((row) => row.extension);
}

/** The setting wal_level. */
export async function readWalLevel(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ level: string }>("select current_setting('wal_level') as level");
  return rows[0]?.level ?? "";
}

export interface LoginRights {
  superuser: boolean;
  createdb: boolean;
  bypassrls: boolean;
  readsEverything: boolean;
  standby: boolean;
  readOnly: boolean;
}

/** pg_read_all_data exists from PostgreSQL 14 on; to_regrole gives null before. */
export async function readLoginRights(client: pg.Client): Promise<LoginRights> {
  const { rows } = await client.query<LoginRights>(`
    select rolsuper as superuser, rolcreatedb as createdb, rolbypassrls as bypassrls,
           rolsuper or coalesce(pg_has_role(current_user, to_regrole('pg_read_all_data')::oid, 'usage'), false) as "readsEverything",
           pg_is_in_recovery() as standby,
           current_setting('default_transaction_read_only')::boolean as "readOnly"
      from pg_roles where rolname = current_user`);
  const row = rows[0];
  if (!row) throw new Error("the server does not list the login's own role");
  return row;
}
