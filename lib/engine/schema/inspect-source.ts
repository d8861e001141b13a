import type pg from "pg";
import type { TableName } from "@/lib/engine/events";

/** What has to be known of a source before pg_dump can be chosen and told what to do. */
export interface SourceFacts {
  /** 170005 */
  versionNumber: number;
  major: number;
  encoding: string;
  /** What sessions of this login have to be told at their start, for pg_dump does not tell them: "name=value". */
  startSettings: string[];
  /** Tables pg_dump could not lock: the login may not select from them or not use their schema. */
  unreadable: TableName[];
  subscriptions: string[];
  /** Tablespaces, other than the default, that tables and indexes of the database lie in. */
  tablespaces: string[];
}

/** Reads the facts over an open session of the source. Throws what the server reports. */
export async function inspectSource(client: pg.Client): Promise<SourceFacts> {
  const settings = await readSettings(client);
  await client.query("set role none");
  return {
    ...settings,
    major: Math.trunc(settings.versionNumber / 10_000),
    unreadable: await readUnreadableTables(client),
    subscriptions: settings.versionNumber >= 100_000 ? await readSubscriptions(client) : [],
    tablespaces: await readTablespaces(client),
  };
}

async function readSettings(
  client: pg.Client,
): Promise<Pick<SourceFacts, "versionNumber" | "encoding" | "startSettings">> {
  const { rows } = await client.query<{
    version: number;
    encoding: string;
    strings: string;
    acts: boolean;
    translated: boolean;
  }>(
    `select pg_catalog.current_setting('server_version_num')::int as version,
            pg_catalog.current_setting('server_encoding') as encoding,
            pg_catalog.current_setting('standard_conforming_strings') as strings, current_user <> session_user as acts,
            pg_catalog.current_setting('lc_messages') !~ '^(C|POSIX|en)' and (select rolsuper from pg_catalog.pg_roles where rolname = session_user) as translated`,
  );
  const row = rows[0];
  return {
    versionNumber: row?.version ?? 0,
    encoding: row?.encoding ?? "",
    startSettings: [
      ...(row?.strings === "on" ? [] : ["standard_conforming_strings=on"]),
      // The login may be set to act as a role with fewer rights.
      ...(row?.acts ? ["role=none"] : []),
      // Some of its errors are known by their text alone.
      ...(row?.translated ? ["lc_messages=C"] : []),
    ],
  };
}

/** Members of extensions are created by CREATE EXTENSION, so pg_dump does not lock them. */
async function readUnreadableTables(client: pg.Client): Promise<TableName[]> {
  const { rows } = await client.query<TableName>(
    `select n.nspname as schema, c.relname as name
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and c.relpersistence <> 't'
       and n.nspname <> 'information_schema'
       and n.nspname !~ '^pg_'
       and not (pg_catalog.has_table_privilege(c.oid, 'select')
                and pg_catalog.has_schema_privilege(n.oid, 'usage'))
       and not exists (select from pg_catalog.pg_depend d
                       where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                         and d.objid = c.oid and d.deptype = 'e')
     order by 1, 2`,
  );
  return rows;
}

async function readSubscriptions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select s.subname as name
     from pg_catalog.pg_subscription s
     join pg_catalog.pg_database d on d.oid = s.subdbid
     where d.datname = pg_catalog.current_database()
     order by 1`,
  );
  return rows.map((row) => row.name);
}

async function readTablespaces(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct t.spcname as name
     from pg_catalog.pg_class c
     join pg_catalog.pg_tablespace t on t.oid = c.reltablespace
     where t.spcname <> 'pg_global'
     order by 1`,
  );
  return rows.map((row) => row.name);
}
