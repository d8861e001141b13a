import { setTimeout as sleep } from "node:timers/promises";
import type { TestServer } from "@/lib/embedded/test-server";
import { readContents } from "./database-contents";
import { readSchemaObjects } from "./schema-text";
import { settingsOf } from "./settings-of";
import { queryRows } from "./with-session";

export interface SourceGuard {
  /** What has changed on the source since, and the sessions that are left; empty when all is as it was. */
  changes(): Promise<string[]>;
}

export interface GuardOptions {
  /** Off for databases with thousands of tables: then only the server's own counters are looked at. */
  compareContents?: boolean;
}

/**
 * Remembers a source, to be asked later whether anything was written to it. The server has to run without autovacuum,
 * which writes by itself.
 */
export async function guardSource(
  server: TestServer,
  database: string,
  { compareContents = true }: GuardOptions = {},
): Promise<SourceGuard> {
  const look = async () => ({
    ...(await serverState(server)),
    ...(compareContents ? await databaseState(server, database) : {}),
  });
  const before = await look();
  return {
    async changes() {
      const left = await leftSessions(server);
      const after: Record<string, string> = await look();
      const changed = Object.entries(before).filter(([name, value]) => after[name] !== value);
      return [...left, ...changed.map(([name, value]) => `${name}: was ${value}, is ${after[name]}`)];
    },
  };
}

/** The next transaction id tells most: whoever writes a row or takes a row lock, in any database, takes one. */
async function serverState(server: TestServer): Promise<Record<string, string>> {
  const [row] = await queryRows<{ state: Record<string, string> }>(
    settingsOf(server),
    `select json_build_object(
       'next transaction', txid_snapshot_xmax(txid_current_snapshot()),
       'databases', (select string_agg(datname, ',' order by 1) from pg_database),
       'roles', (select string_agg(concat(rolname, rolconfig), ',' order by rolname) from pg_roles),
       'role settings', (select count(*) from pg_db_role_setting),
       'slots', (select count(*) from pg_replication_slots),
       'prepared transactions', (select count(*) from pg_prepared_xacts)) as state`,
  );
  return Object.fromEntries(Object.entries(row?.state ?? {}).map(([name, value]) => [name, String(value)]));
}

async function databaseState(server: TestServer, database: string): Promise<Record<string, string>> {
  const settings = settingsOf(server, database);
  const [written] = await queryRows<{ rows: string }>(
    settings,
    "select concat_ws('/', tup_inserted, tup_updated, tup_deleted) as rows from pg_stat_database where datname = $1",
    [database],
  );
  return {
    "rows written": written?.rows ?? "",
    schema: (await readSchemaObjects(settings)).join("\n"),
    contents: JSON.stringify([...(await readContents(settings))]),
  };
}

const PATIENCE_MS = 3_000;

/** Sessions other than the tests' own that are still there after a while, as lines for people. */
export async function leftSessions(server: TestServer): Promise<string[]> {
  for (let waited = 0; ; waited += 100) {
    const rows = await queryRows<{ line: string }>(
      settingsOf(server),
      `select concat_ws(' ', 'session left:', application_name, datname, state, query) as line from pg_stat_activity
       where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid() and application_name <> 'test'`,
    );
    if (rows.length === 0 || waited >= PATIENCE_MS) return rows.map((row) => row.line);
    await sleep(100);
  }
}
