import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { watchAnswers } from "../answer-watch";
import { type ConnectOptions, connect } from "../connect";
import { connectWithEmptyPath } from "../connect-with-empty-path";
import type { ConnectionSettings } from "../connection-settings";
import { processIdOf, streamOf } from "../driver-internals";
import { endClient } from "../end-client";
import { LANGUAGE_MAY_BE_SET } from "../english-messages";
import { sqlStateOf } from "../errors";
import { type Lsn, parseLsn } from "../lsn";
import { ident } from "../sql";
import { ReplicationStream, type StreamOptions } from "./replication-stream";
import { slotError } from "./slot-errors";

export interface SystemIdentity {
  /** Of the cluster; another one after a restore, the same after a fail-over. */
  systemId: string;
  timeline: number;
  /** End of the WAL that was flushed. */
  flushedLsn: Lsn;
}

export interface NewSlot {
  name: string;
  plugin: string;
  /** The server drops it when this session ends; from PostgreSQL 10 on. */
  temporary: boolean;
  /** Standbys that synchronise slots keep it as well; from PostgreSQL 17 on, on a primary, and of slots that stay. */
  failover?: boolean;
}

export interface CreatedSlot {
  name: string;
  /** The slot streams each transaction whose commit record ends after it; the snapshot shows all others. */
  consistentPoint: Lsn;
  /** For `set transaction snapshot`; valid until this session runs another command or ends. */
  snapshot: string;
}

/**
 * Given with the login, because servers before 10 take no SET on such a session. An empty search_path makes type names
 * come qualified; the rest makes a value's text mean the same everywhere.
 */
const START_SETTINGS = [
  "role=none",
  "search_path=",
  "datestyle=ISO,MDY",
  "intervalstyle=postgres",
  "timezone=UTC",
  "extra_float_digits=3",
  "bytea_output=hex",
  "lc_monetary=C",
  "xmloption=content",
  "quote_all_identifiers=off",
  "statement_timeout=0",
  "lock_timeout=0",
];

const TIMEOUTS = `
select pg_catalog.set_config(name, case name when 'lc_messages' then 'C' else '0' end, false) from pg_catalog.pg_settings
 where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')
    or ${LANGUAGE_MAY_BE_SET}`;

const SENDER_TIMEOUT = `
select pg_catalog.current_setting('server_version_num')::int as version, setting::int as timeout
  from pg_catalog.pg_settings where name = 'wal_sender_timeout'`;

/** The first major whose test_decoding may end the server. */
export const TEST_DECODING_FRAGILE_SINCE = 180_000;

/** Megabytes that this session's logical_decoding_work_mem has at least where test_decoding may end the server. */
export const SAFE_DECODING_MEGABYTES = 256;

const DECODING_MEMORY = `
select pg_catalog.set_config(name, '${SAFE_DECODING_MEGABYTES}MB', false) from pg_catalog.pg_settings
 where name = 'logical_decoding_work_mem' and setting::int < ${SAFE_DECODING_MEGABYTES * 1024}`;

/** PostgreSQL's default, used where the server does not tell: before 10 such a session takes no SQL. */
const DEFAULT_SENDER_TIMEOUT_MS = 60_000;

/** A session of the streaming replication protocol (https://www.postgresql.org/docs/current/protocol-replication.html). */
export class ReplicationSession implements AsyncDisposable {
  readonly #client: pg.Client;
  readonly #settings: ConnectionSettings;
  /** server_version_num; 90600 stands for all before 10. */
  readonly version: number;
  /** Milliseconds of silence after which the server ends the session; 0 = never. */
  readonly senderTimeoutMs: number;

  private constructor(client: pg.Client, settings: ConnectionSettings, version: number, timeoutMs: number) {
    this.#client = client;
    this.#settings = settings;
    this.version = version;
    this.senderTimeoutMs = timeoutMs;
  }

  /** Logs in. Throws CodedError, among others REPLICATION_RIGHT_MISSING and WAL_SENDERS_MISSING. */
  static async open(settings: ConnectionSettings, options: ConnectOptions = {}): Promise<ReplicationSession> {
    const client = await login(settings, options);
    try {
      const { rows } = await client.query<{ version: number; timeout: number }>(SENDER_TIMEOUT);
      await client.query(TIMEOUTS);
      const { version = 0, timeout = DEFAULT_SENDER_TIMEOUT_MS } = rows[0] ?? {};
      return new ReplicationSession(client, settings, version, timeout);
    } catch (error) {
      // A session of such a server knows nothing but replication commands.
      if (sqlStateOf(error) === "42601")
        return new ReplicationSession(client, settings, 90_600, DEFAULT_SENDER_TIMEOUT_MS);
      await endClient(client);
      throw slotError(error, settings.database);
    }
  }

  /** Process id of the session's backend. */
  get processId(): number {
    return processIdOf(this.#client);
  }

  /**
   * To be called before `plugin` is used. PostgreSQL 18 (18.4 and 18.6 at least) dies when it decodes a transaction that was rolled
   * back, had savepoints and took more than logical_decoding_work_mem, if the plugin is test_decoding: its subtransactions count
   * as streamed then, of which test_decoding knows nothing (ReorderBufferCheckAndTruncateAbortedTXN, pg_decode_stream_abort). It
   * dies again each time it is asked. Few transactions take what this session may use; it is used only when needed.
   */
  async spareServer(plugin: string): Promise<void> {
    if (plugin !== "test_decoding" || this.version < TEST_DECODING_FRAGILE_SINCE) return;
    await this.#run(DECODING_MEMORY, this.#settings.database);
  }

  /** IDENTIFY_SYSTEM. Throws CodedError. */
  async identifySystem(): Promise<SystemIdentity> {
    const { rows } = await this.#run<{ systemid: string; timeline: number; xlogpos: string }>(
      "IDENTIFY_SYSTEM",
      this.#settings.database,
    );
    const [row] = rows;
    if (!row) throw new CodedError("INTERNAL", "The server did not identify itself.");
    return { systemId: row.systemid, timeline: Number(row.timeline), flushedLsn: parseLsn(row.xlogpos) };
  }

  /** TIMELINE_HISTORY: the history file of a timeline; null when the server has not got it. Throws CodedError. */
  async timelineHistory(timeline: number): Promise<string | null> {
    try {
      const { rows } = await this.#run<{ content: string | Buffer }>(
        `TIMELINE_HISTORY ${Math.trunc(timeline)}`,
        this.#settings.database,
      );
      return rows[0]?.content.toString("utf8") ?? null;
    } catch (error) {
      // undefined_file, which an error about a slot would be told by, too.
      if (sqlStateOf(error) === "58P01") return null;
      throw error;
    }
  }

  /**
   * Creates a logical slot and exports its snapshot. The server waits until every transaction that is under way has ended,
   * which may take long; an abort ends the waiting on the server too. Throws CodedError (
   * OUTPUT_PLUGIN_MISSING, REPLICATION_SLOTS_MISSING, WAL_LEVEL_NOT_LOGICAL, ...) or the signal's reason.
   */
  async createSlot(slot: NewSlot, signal: AbortSignal): Promise<CreatedSlot> {
    signal.throwIfAborted();
    await this.spareServer(slot.plugin);
    const isOld = this.version < 100_000;
    if (isOld && slot.temporary) throw new RangeError("PostgreSQL before 10 has no temporary slots");
    const kind = slot.temporary ? "TEMPORARY LOGICAL" : "LOGICAL";
    const options = slot.failover ? " (SNAPSHOT 'export', FAILOVER)" : isOld ? "" : " EXPORT_SNAPSHOT";
    const command = `CREATE_REPLICATION_SLOT ${ident(slot.name)} ${kind} ${ident(slot.plugin)}${options}`;
    const abort = () => this.#abandon();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { rows } = await this.#run<{ consistent_point: string; snapshot_name: string }>(
        command,
        slot.name,
      );
      const [row] = rows;
      if (!row) throw new CodedError("INTERNAL", "The server did not tell of the slot it created.");
      return {
        name: slot.name,
        consistentPoint: parseLsn(row.consistent_point),
        snapshot: row.snapshot_name,
      };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Starts to stream from a slot; the session serves nothing else any more and ends with the stream. Throws CodedError. */
  async stream(options: Omit<StreamOptions, "senderTimeoutMs">): Promise<ReplicationStream> {
    const starting = ReplicationStream.start(this.#client, {
      ...options,
      senderTimeoutMs: this.senderTimeoutMs,
    });
    return await this.#whileAlive(starting);
  }

  /** Ends the session, and with it its exported snapshot and temporary slots. Never throws. */
  async end(): Promise<void> {
    await endClient(this.#client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #run<Row extends pg.QueryResultRow>(command: string, subject: string): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#whileAlive(this.#client.query<Row>(command));
    } catch (error) {
      throw slotError(error, subject);
    }
  }

  /** Servers before 10 do not list such sessions. */
  async #whileAlive<T>(work: Promise<T>): Promise<T> {
    using _watch = this.version < 100_000 ? null : watchAnswers(this.#client, this.#settings, () => true);
    return await work;
  }

  /** A backend that waits for other transactions does not notice that its client is gone: it must be told. */
  #abandon(): void {
    const pid = this.processId;
    streamOf(this.#client).destroy();
    void terminate(this.#settings, pid);
  }
}

async function login(settings: ConnectionSettings, options: ConnectOptions): Promise<pg.Client> {
  try {
    return await connect(settings, { ...options, replication: true, startSettings: START_SETTINGS });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { message, sqlState, subject } = error;
    const details = { cause: error, ...(sqlState ? { sqlState } : {}), ...(subject ? { subject } : {}) };
    if (sqlState === "42501") throw new CodedError("REPLICATION_RIGHT_MISSING", message, details);
    if (sqlState === "53300" && /max_wal_senders/.test(message))
      throw new CodedError("WAL_SENDERS_MISSING", message, { ...details, transient: true });
    throw error;
  }
}

async function terminate(settings: ConnectionSettings, pid: number): Promise<void> {
  try {
    const client = await connectWithEmptyPath(settings);
    try {
      await client.query("select pg_catalog.pg_terminate_backend($1::int)", [pid]);
    } finally {
      await endClient(client);
    }
  } catch {
    // The server is out of reach: it will notice by itself when it next has something to say.
  }
}
