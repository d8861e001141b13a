import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { CodedError } from "@/lib/util/coded-error";

/** First key of Howdah's advisory locks on a target; the second is the hash of the database's name. */
const LOCK_CLASS = 72_707_370;

const RETRY_MS = 500;
/** How long a lost worker's session may need to go away once it was ended. */
const PATIENCE_MS = 5_000;

export interface TargetLockOptions {
  /** The target, connected to a database other than `name`. */
  target: ConnectionSettings;
  name: string;
  migrationId: string;
  signal: AbortSignal;
}

/**
 * Holds a target database for one migration until disposed, by an advisory lock on the target itself, so that no other
 * migration of this or another installation drops or fills it meanwhile. A worker that was lost may still hold it for the
 * same migration: that session is ended. Throws CodedError TARGET_DATABASE_BUSY (transient) when another migration has it.
 */
export async function lockTargetDatabase(options: TargetLockOptions): Promise<AsyncDisposable> {
  const { target, name, migrationId, signal } = options;
  const applicationName = `howdah ${migrationId}`;
  const client = await connect(target, { applicationName, signal });
  try {
    await keepOpen(client);
    for (let waited = 0; !(await tryLock(client, name)); waited += RETRY_MS) {
      const ended = await endLostHolder(client, name, applicationName);
      if (!ended || waited >= PATIENCE_MS) throw busy(name);
      await sleep(RETRY_MS, undefined, { signal });
    }
    return { [Symbol.asyncDispose]: () => client.end().catch(() => undefined) };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** idle_session_timeout exists since 14; where it does not, there is nothing to turn off. */
async function keepOpen(client: pg.Client): Promise<void> {
  await client.query(
    "select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings where name = 'idle_session_timeout'",
  );
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    "select pg_catalog.pg_try_advisory_lock($1, pg_catalog.hashtext($2)) as locked",
    [LOCK_CLASS, name],
  );
  return rows[0]?.locked === true;
}

/** Ends the holder's session when it is of the same migration; true when there was one. */
async function endLostHolder(client: pg.Client, name: string, applicationName: string): Promise<boolean> {
  const { rows } = await client.query(
    `select pg_catalog.pg_terminate_backend(a.pid)
       from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.database = a.datid
        and l.classid = $1::int::oid and l.objid = pg_catalog.hashtext($2)::oid
        and a.application_name = $3 and a.datname = pg_catalog.current_database()`,
    [LOCK_CLASS, name, applicationName],
  );
  return rows.length > 0;
}

function busy(name: string): CodedError {
  return new CodedError("TARGET_DATABASE_BUSY", `Another migration is writing "${name}" on the target.`, {
    subject: name,
    transient: true,
  });
}
