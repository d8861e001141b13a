import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { formatLsn, type Lsn, parseLsn } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import { dropOwnRows, LOCK_OWN_SCHEMA } from "../own-schema";
import { shortIdOf } from "../slots";
import { type PipelineSession, StatementError } from "./pipeline-session";

/**
 * How far the target is, kept by the target in the same transactions as the rows: after any crash it is neither ahead of
 * them nor behind (https://www.postgresql.org/docs/current/replication-origins.html).
 */
export interface Progress {
  kind: "origin" | "row";
  /** Flushed; null: nothing was applied yet. */
  lsn: Lsn | null;
  /** Queues what makes the open transaction leave the target at that position; `committedAt` in microseconds since 1970. */
  send(lsn: Lsn, committedAt: number): void;
  /** Leaves the target at that position although no row has changed; `committedAt` as of `send`. Not within a transaction. */
  note(lsn: Lsn, committedAt: number): Promise<void>;
  /** Waits until everything committed so far is on the target's disk. */
  flush(): Promise<void>;
}

/** What is worth knowing of what the login may do. */
export function notesOf({ kind }: Pick<Progress, "kind">, isReplica: boolean): string[] {
  const notes: string[] = [];
  if (kind === "row")
    notes.push(
      "The target login may not use replication origins: progress is kept in table howdah.progress.",
    );
  if (!isReplica)
    notes.push(
      "The target login may not set session_replication_role: triggers and foreign keys fire on changes.",
    );
  return notes;
}

const LOCK = "select pg_catalog.pg_try_advisory_lock(1215260500, pg_catalog.hashtext($1))";
/** Who holds it; a negative hash is kept as an unsigned number. */
const END_HOLDER = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_locks
 where locktype = 'advisory' and granted and objsubid = 2 and classid::bigint = 1215260500
   and objid::bigint = pg_catalog.hashtext($1)::bigint & 4294967295
   and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`;
/** Milliseconds a dead applier's backend may take to end. */
const PATIENCE_MS = 30_000;
/** Until it is ended: one whose network died in silence would wait for its client for hours. */
const KIND_MS = 1_000;
const AGAIN_MS = 100;

/**
 * Finds or makes the progress of that name: a replication origin, or where the login may not have one, a row. What was begun
 * with is kept to. Throws CodedError TARGET_DATABASE_BUSY (transient) while another session applies under that name,
 * PRIVILEGE_MISSING, a connection error, or the signal's reason.
 */
export async function openProgress(
  session: PipelineSession,
  name: string,
  startLsn: Lsn,
  signal: AbortSignal,
): Promise<Progress> {
  // A killed worker's backend may still be at its COMMIT: how far the target is can be told only when it has ended.
  const endHolder = async () => void (await session.query(END_HOLDER, [name]));
  await insist(name, signal, async () => (await session.query(LOCK, [name]))[0]?.[0] === "t", endHolder);
  const row = await readRow(session, name);
  if (row !== null) return await rowProgress(session, name, row);
  if (await setUpOrigin(session, name, signal)) return await originProgress(session);
  await makeRow(session, name, startLsn);
  return await rowProgress(session, name, null);
}

async function insist(
  name: string,
  signal: AbortSignal,
  attempt: () => Promise<boolean>,
  insistMore?: () => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  while (!(await attempt())) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > KIND_MS) await insistMore?.();
    if (waitedMs > PATIENCE_MS) {
      const message = "Another session is applying the same changes to the target database.";
      throw new CodedError("TARGET_DATABASE_BUSY", message, { subject: name, transient: true });
    }
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

/** insufficient_privilege; no free origin; origins are switched off. */
const NO_ORIGIN: ReadonlySet<string> = new Set(["42501", "53400", "55000"]);

/** True when the session writes under the origin of that name from now on; false when it cannot. */
async function setUpOrigin(session: PipelineSession, name: string, signal: AbortSignal): Promise<boolean> {
  const known = await session.query("select from pg_catalog.pg_replication_origin where roname = $1", [name]);
  const isKnown = known.length > 0;
  try {
    if (!isKnown) await session.query("select pg_catalog.pg_replication_origin_create($1)", [name]);
    await insist(name, signal, () => isSetUp(session, name));
    return true;
  } catch (error) {
    if (!(error instanceof StatementError) || !NO_ORIGIN.has(sqlStateOf(error.cause) ?? "")) throw error;
    if (isKnown) throw toCodedError(error.cause, "PRIVILEGE_MISSING", name);
    await dropUnused(session, name);
    return false;
  }
}

async function isSetUp(session: PipelineSession, name: string): Promise<boolean> {
  try {
    await session.query("select pg_catalog.pg_replication_origin_session_setup($1)", [name]);
    return true;
  } catch (error) {
    if (error instanceof StatementError && sqlStateOf(error.cause) === "55006") return false;
    throw error;
  }
}

/** One that could be created but not used. */
async function dropUnused(session: PipelineSession, name: string): Promise<void> {
  const sql =
    "select pg_catalog.pg_replication_origin_drop(roname) from pg_catalog.pg_replication_origin where roname = $1";
  try {
    await session.query(sql, [name]);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
  }
}

/** With `true` the server flushes its WAL up to the last commit under this origin before it answers. */
const ORIGIN_FLUSH = "select pg_catalog.pg_replication_origin_session_progress(true)::text";
const ORIGIN_SETUP =
  "select pg_catalog.pg_replication_origin_xact_setup($1::pg_catalog.pg_lsn, '1970-01-01 00:00:00+00'::pg_catalog.timestamptz + $2::pg_catalog.float8 * '1 us'::pg_catalog.interval)";

/** A transaction without an id of its own leaves no commit record, and with it no position. */
const TAKE_ID = "select pg_catalog.txid_current()";

async function inTransaction(session: PipelineSession, send: () => void): Promise<void> {
  session.send("begin");
  send();
  session.send(TAKE_ID);
  session.send("commit");
  await session.sync();
}

async function originProgress(session: PipelineSession): Promise<Progress> {
  const lsn = (await session.query(ORIGIN_FLUSH))[0]?.[0] ?? null;
  const send = (at: Lsn, committedAt: number) =>
    session.send(ORIGIN_SETUP, [formatLsn(at), String(committedAt)]);
  return {
    kind: "origin",
    lsn: lsn === null ? null : parseLsn(lsn),
    send,
    note: (at, committedAt) => inTransaction(session, () => send(at, committedAt)),
    flush: async () => {
      await session.query(ORIGIN_FLUSH);
    },
  };
}

const TABLE = "howdah.progress";
const HAS_TABLE = `select pg_catalog.to_regclass('${TABLE}') is not null`;
const MAKE_TABLE = [
  LOCK_OWN_SCHEMA,
  "create schema if not exists howdah",
  `create table if not exists ${TABLE} (name text primary key, lsn pg_catalog.pg_lsn not null, committed_at timestamptz)`,
];
const MAKE_ROW = `insert into ${TABLE} (name, lsn) values ($1, $2::pg_catalog.pg_lsn)`;
const SET_ROW = `insert into ${TABLE} as p (name, lsn, committed_at)
  values ($1, $2::pg_catalog.pg_lsn, '1970-01-01 00:00:00+00'::pg_catalog.timestamptz + $3::pg_catalog.float8 * '1 us'::pg_catalog.interval)
  on conflict (name) do update set lsn = excluded.lsn, committed_at = excluded.committed_at`;

async function readRow(session: PipelineSession, name: string): Promise<Lsn | null> {
  if ((await session.query(HAS_TABLE))[0]?.[0] !== "t") return null;
  const lsn = (await session.query(`select lsn::text from ${TABLE} where name = $1`, [name]))[0]?.[0] ?? null;
  return lsn === null ? null : parseLsn(lsn);
}

/** Written at once, so that a later run does not look for an origin. */
async function makeRow(session: PipelineSession, name: string, lsn: Lsn): Promise<void> {
  try {
    session.send("begin");
    for (const statement of MAKE_TABLE) session.send(statement);
    session.send(MAKE_ROW, [name, formatLsn(lsn)]);
    session.send("commit");
    await session.sync();
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw toCodedError(error.cause, "PRIVILEGE_MISSING", TABLE);
  }
}

async function rowProgress(session: PipelineSession, name: string, lsn: Lsn | null): Promise<Progress> {
  const flush = async () => {
    session.send("begin");
    session.send("set local synchronous_commit = local");
    session.send("select pg_catalog.pg_logical_emit_message(true, 'howdah', '')");
    session.send("commit");
    await session.sync();
  };
  await flush();
  const send = (at: Lsn, committedAt: number) =>
    session.send(SET_ROW, [name, formatLsn(at), String(committedAt)]);
  return {
    kind: "row",
    lsn,
    send,
    note: (at, committedAt) => inTransaction(session, () => send(at, committedAt)),
    flush,
  };
}

const DROP_PATIENCE_MS = 10_000;

/**
 * Removes the origin and the row of that name from the session's database, and the table of rows with its schema when it was
 * the last one; what is gone already is fine. Throws RangeError for a name that captureName() did not make, else what the
 * server reports, for one that an applier still uses.
 */
export async function dropProgress(client: pg.Client, name: string): Promise<void> {
  if (shortIdOf(name) === null) throw new RangeError(`${JSON.stringify(name)} is no progress of ours`);
  await dropOwnRows(client, TABLE, name);
  // Who may not have origins may not even ask to drop none.
  const { rows } = await client.query("select from pg_catalog.pg_replication_origin where roname = $1", [
    name,
  ]);
  if (rows.length === 0) return;
  const until = performance.now() + DROP_PATIENCE_MS;
  for (;;) {
    try {
      await client.query(
        "select pg_catalog.pg_replication_origin_drop(roname) from pg_catalog.pg_replication_origin where roname = $1",
        [name],
      );
      return;
    } catch (error) {
      if (sqlStateOf(error) === "42704") return;
      if (sqlStateOf(error) !== "55006" || performance.now() > until) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
