import type pg from "pg";
import type { SnapshotIdentity, TargetIdentity } from "../checkpoint";

interface Facts {
  databaseOid: string;
  mayReadSystem: boolean;
  mayReadTimeline: boolean;
}

/** What of a server's and a database's identity the login may read. */
async function readFacts(client: pg.Client): Promise<TargetIdentity> {
  const { rows } = await client.query<Facts>(`
    select (select oid::text from pg_catalog.pg_database where datname = pg_catalog.current_database()) as "databaseOid",
           pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as "mayReadSystem",
           not pg_catalog.pg_is_in_recovery()
             and pg_catalog.has_function_privilege('pg_catalog.pg_walfile_name(pg_lsn)', 'execute')
             and pg_catalog.has_function_privilege('pg_catalog.pg_current_wal_insert_lsn()', 'execute') as "mayReadTimeline"`);
  const { databaseOid = "", mayReadSystem = false, mayReadTimeline = false } = rows[0] ?? {};
  return {
    databaseOid,
    systemIdentifier: mayReadSystem ? await readText(client, SYSTEM_IDENTIFIER) : null,
    timeline: mayReadTimeline ? await readText(client, TIMELINE) : null,
  };
}

/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA */
const SYSTEM_IDENTIFIER = "select system_identifier::text as value from pg_catalog.pg_control_system()";

/** The first eight digits of a segment's name; pg_control is only written at checkpoints. */
const TIMELINE =
  "select substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) as value";

async function readText(client: pg.Client, sql: string): Promise<string | null> {
  const { rows } = await client.query<{ value: string | null }>(sql);
  return rows[0]?.value ?? null;
}

/** Identity of the snapshot in which the session reads. Throws what the server reports. */
export async function readSnapshotIdentity(client: pg.Client): Promise<SnapshotIdentity> {
  const { databaseOid, systemIdentifier, timeline } = await readFacts(client);
  const snapshot = await readText(client, "select pg_catalog.txid_current_snapshot()::text as value");
  return { databaseOid, systemIdentifier, snapshot: [timeline, snapshot].filter(Boolean).join("/") };
}

/** Identity of the database of a session. Throws what the server reports. */
export async function readTargetIdentity(client: pg.Client): Promise<TargetIdentity> {
  return await readFacts(client);
}

/** True when both are known to show the same rows; false when that cannot be known. */
export function isSameSnapshot(one: SnapshotIdentity, other: SnapshotIdentity): boolean {
  return (
    one.systemIdentifier !== null &&
    one.systemIdentifier === other.systemIdentifier &&
    one.databaseOid === other.databaseOid &&
    one.snapshot === other.snapshot
  );
}

/** False when the databases are known to be different ones. */
export function mayBeSameDatabase(
  one: { systemIdentifier: string | null; databaseOid: string },
  other: { systemIdentifier: string | null; databaseOid: string },
): boolean {
  const isSameSystem =
    one.systemIdentifier === null ||
    other.systemIdentifier === null ||
    one.systemIdentifier === other.systemIdentifier;
  return isSameSystem && one.databaseOid === other.databaseOid;
}

/** xid, decimal: transactions before it had all ended when the snapshot was taken; the lowest when it cannot be told. */
export function endedBeforeOf(snapshot: string): string {
  const oldest = /(\d+):\d+:/.exec(snapshot)?.[1] ?? "0";
  return String(BigInt(oldest) % 4_294_967_296n);
}
