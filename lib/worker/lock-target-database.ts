import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { SessionWatch } from "@/lib/engine/session-watch";
import { connect } from "@/lib/postgres/connect";
import { EMPTY_PATH } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { refusePooler } from "@/lib/postgres/refuse-pooler";
import { CodedError } from "@/lib/util/coded-error";

/** First key of Howdah's advisory locks on a target; the second is the hash of the database's name. */
const LOCK_CLASS = 72_707_370;

const RETRY_MS = 500;
/** How long a lost worker's sessions may need to go away once they were ended. */
const PATIENCE_MS = 5_000;

export interface TargetLockOptions {
  /** The target, connected to a database other than `name`. */
  target: ConnectionSettings;
  name: string;
  migrationId: string;
  signal: AbortSignal;
}

export interface TargetLock extends AsyncDisposable {
  /** Aborted when the lock is lost: from then on another worker may hold the database. */
  lost: AbortSignal;
  /** Ends what sessions a worker that was lost may still have in the database, so that nothing of it writes any more. */
  endLostSessions(): Promise<void>;
}

/**
 * Holds a target database for one migration until disposed, by an advisory lock on the target itself, so that no other
 * migration of this or another installation drops or fills it meanwhile. A worker that was lost may still hold it for the
 * same migration: that session is ended. Throws CodedError TARGET_DATABASE_BUSY (transient) when another migration has it.
 */
export async function lockTargetDatabase(options: TargetLockOptions): Promise<TargetLock> {
  const { target, name, migrationId, signal } = options;
  const applicationName = `howdah ${migrationId}`;
  const client = await connect(target, { applicationName, signal });
  try {
    // What is set here would be other clients' of a pooler, too.
    await refusePooler(client, target, signal);
    await keepOpen(client);
    for (let waited = 0; !(await tryLock(client, name)); waited += RETRY_MS) {
      const ended = await endLostHolder(client, name, applicationName);
      if (!ended || waited >= PATIENCE_MS) throw busy(name);
      await sleep(RETRY_MS, undefined, { signal });
    }
    const lost = new AbortController();
    const onEnd = () => lost.abort(lockLost(name));
    client.once("end", onEnd);
    const watch = new SessionWatch(client);
    return {
      lost: lost.signal,
      endLostSessions: () => endLostSessions(client, name, signal),
      async [Symbol.asyncDispose]() {
        client.off("end", onEnd);
        watch[Symbol.dispose]();
        await endClient(client);
      },
    };
  } catch (error) {
    await endClient(client);
    throw error;
  }
}

/** idle_session_timeout exists since 14; where it does not, there is nothing to turn off. */
async function keepOpen(client: pg.Client): Promise<void> {
  await client.query(
    `${EMPTY_PATH}; select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings where name = 'idle_session_timeout'`,
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

/**
 * Every session Howdah has in the database: whoever holds its lock has none there yet. A worker that was frozen, or a statement
 * that has not noticed that its client is gone, would go on writing. Throws CodedError DATABASE_IN_USE.
 */
async function endLostSessions(client: pg.Client, name: string, signal: AbortSignal): Promise<void> {
  for (let waited = 0; ; waited += RETRY_MS / 5) {
    const { rows } = await client.query(
      `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
        where datname = $1 and application_name like 'howdah%' and pid <> pg_catalog.pg_backend_pid()`,
      [name],
    );
    if (rows.length === 0) return;
    if (waited >= PATIENCE_MS) {
      throw new CodedError("DATABASE_IN_USE", `Sessions of a lost worker hold "${name}" on the target.`, {
        subject: name,
        transient: true,
      });
    }
    await sleep(RETRY_MS / 5, undefined, { signal });
  }
}

function lockLost(name: string): CodedError {
  return new CodedError("CONNECTION_LOST", `The session that held "${name}" on the target was lost.`, {
    subject: name,
    transient: true,
  });
}

function busy(name: string): CodedError {
  return new CodedError("TARGET_DATABASE_BUSY", `Another migration is writing "${name}" on the target.`, {
    subject: name,
    transient: true,
  });
}
