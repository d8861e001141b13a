import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { refusePooler } from "@/lib/postgres/refuse-pooler";
import { literal, qualified } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { CapturedSource } from "../cdc/open-capture";
import type { TableName } from "../events";
import { prepareSource } from "../session-settings";

/** A session that holds one exported snapshot of the source, so that all others read the same state. */
export interface SourceSnapshot {
  id: string;
  /** The holder itself, for catalogue queries within the snapshot. */
  client: pg.Client;
  /** Set when the source's changes are captured from this snapshot on. */
  captured?: CapturedSource;
}

/**
 * Opens the holder, locks all tables against changes that a snapshot does not protect from, and exports the snapshot
 * (functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION). The caller ends the client; until then the source's vacuum
 * keeps what the snapshot sees. Throws CodedError, STATEMENT_TIMED_OUT when another session keeps a table locked.
 */
export async function holdSnapshot(
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<SourceSnapshot> {
  return await hold(settings, signal, lockTables);
}

/**
 * The same for a snapshot that another session has exported and keeps until this returns. Null when a table was emptied,
 * rewritten or dropped between the snapshot and its lock, so that its rows cannot be had any more.
 */
export async function holdImportedSnapshot(
  settings: ConnectionSettings,
  imported: string,
  signal: AbortSignal,
): Promise<SourceSnapshot | null> {
  try {
    return await hold(settings, signal, (client) => lockImported(client, imported, signal));
  } catch (error) {
    if (error instanceof TableRewritten) return null;
    throw error;
  }
}

class TableRewritten extends Error {}

async function hold(
  settings: ConnectionSettings,
  signal: AbortSignal,
  lock: (client: pg.Client, signal: AbortSignal) => Promise<void>,
): Promise<SourceSnapshot> {
  const client = await connect(settings, { applicationName: "howdah snapshot", signal });
  // Waiting for a lock ends with the session only; closing the socket alone would leave it waiting.
  let ending: Promise<void> | null = null;
  const abort = () => {
    ending = endSession(settings, processIdOf(client));
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    await refusePooler(client, settings, signal);
    await prepareSource(client);
    await lock(client, signal);
    const { rows } = await client.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
    const id = rows[0]?.id;
    if (id === undefined) throw new CodedError("INTERNAL", "The source exported no snapshot.");
    return { id, client };
  } catch (error) {
    await ending;
    await endClient(client);
    signal.throwIfAborted();
    throw error instanceof TableRewritten ? error : toCodedError(error, "INTERNAL");
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const BEGIN = "begin transaction isolation level repeatable read read only";

/** Long enough for ordinary maintenance to end, short enough to tell what is wrong while someone still looks. */
const LOCK_TIMEOUT = "60s";
const LOCK_BATCH = 200;
const LOCK_ATTEMPTS = 5;

/**
 * Begins the transaction by locking: rows that TRUNCATE or a rewrite by ALTER TABLE takes away are gone for old snapshots
 * too (mvcc-caveats.html), so the locks have to be there before the snapshot is.
 */
async function lockTables(client: pg.Client, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const tables = await listLockable(client);
    await client.query(BEGIN);
    try {
      await lockEach(client, tables, signal);
      return;
    } catch (error) {
      await client.query("rollback");
      // undefined_table: dropped since it was listed.
      if (sqlStateOf(error) !== "42P01" || attempt === LOCK_ATTEMPTS) throw error;
    }
  }
}

/**
 * A snapshot that is there already is taken before the locks: with them held, whoever makes the slot could wait for a
 * transaction that waits for one of them, and no server would notice. What happened in between shows in the files.
 */
async function lockImported(client: pg.Client, imported: string, signal: AbortSignal): Promise<void> {
  await importSnapshot(client, imported);
  try {
    await lockEach(client, await listLockable(client), signal);
  } catch (error) {
    if (sqlStateOf(error) === "42P01") throw new TableRewritten();
    throw error;
  }
  const { rows } = await client.query(REWRITTEN);
  if (rows.length > 0) throw new TableRewritten();
}

/** A snapshot goes with the session that exported it; before 17 the server calls it an invalid one. */
const SNAPSHOT_GONE: ReadonlySet<string> = new Set(["42704", "22023"]);

async function importSnapshot(client: pg.Client, imported: string): Promise<void> {
  try {
    await client.query(`${BEGIN}; set transaction snapshot ${literal(imported)}`);
  } catch (error) {
    if (!SNAPSHOT_GONE.has(sqlStateOf(error) ?? "")) throw error;
    const message = "The session of the source that lent its snapshot was lost.";
    throw new CodedError("CONNECTION_LOST", message, { transient: true, cause: error });
  }
}

async function lockEach(client: pg.Client, tables: readonly TableName[], signal: AbortSignal): Promise<void> {
  await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  for (let at = 0; at < tables.length; at += LOCK_BATCH) {
    signal.throwIfAborted();
    const names = tables
      .slice(at, at + LOCK_BATCH)
      .map(({ schema, name }) => `only ${qualified(schema, name)}`);
    await client.query(`lock table ${names.join(", ")} in access share mode`);
  }
  await client.query("set local lock_timeout = 0");
}

const LOCKABLE = `
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')`;

/** The table shows the file as of the snapshot, the function that of now. */
const REWRITTEN = `select c.oid ${LOCKABLE} and c.relfilenode is distinct from pg_catalog.pg_relation_filenode(c.oid) limit 1`;

async function listLockable(client: pg.Client): Promise<TableName[]> {
  const { rows } = await client.query<TableName>(
    `select n.nspname as schema, c.relname as name ${LOCKABLE} order by c.oid`,
  );
  return rows;
}
