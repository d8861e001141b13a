import pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import { watchAnswers } from "./answer-watch";
import type { ConnectionSettings } from "./connection-settings";
import { streamOf } from "./driver-internals";
import { rememberServer } from "./end-client";
import { toCodedError } from "./errors";
import { tlsOptions } from "./tls";

export interface ConnectOptions {
  /** Shown in pg_stat_activity; default "howdah". */
  applicationName?: string;
  signal?: AbortSignal;
  /** Milliseconds until TCP, TLS and login must be done; default 10,000. */
  connectTimeoutMs?: number;
  /** A session that speaks the replication protocol for its database (protocol-replication.html). */
  replication?: boolean;
  /** It only looks after another session, and for so short a time that nobody looks after it. */
  isLook?: boolean;
  /** Settings given with the login, for sessions that take no SET. */
  startSettings?: readonly string[];
}

/**
 * Opens a session. SSL mode Prefer falls back to plain text where the server has no TLS or pg_hba.conf refuses it,
 * the other modes never do. Throws CodedError; the caller ends the client.
 */
export async function connect(
  settings: ConnectionSettings,
  options: ConnectOptions = {},
): Promise<pg.Client> {
  options.signal?.throwIfAborted();
  try {
    return await open(settings, options, true);
  } catch (error) {
    if (settings.sslMode !== "Prefer" || !mayTryPlain(error)) throw error;
    try {
      return await open(settings, options, false);
    } catch (second) {
      // With TLS off another line of pg_hba.conf may be missing: the first answer is the one that tells more.
      throw second instanceof CodedError && second.code === "NO_PG_HBA_ENTRY" ? error : second;
    }
  }
}

function mayTryPlain(error: unknown): boolean {
  return (
    error instanceof CodedError && (error.code === "TLS_NOT_SUPPORTED" || error.code === "NO_PG_HBA_ENTRY")
  );
}

async function open(settings: ConnectionSettings, options: ConnectOptions, tls: boolean): Promise<pg.Client> {
  // The driver's types know nothing of `replication`, its code does.
  const replication = options.replication ? { replication: "database" } : {};
  const { startSettings } = options;
  const client = new pg.Client({
    ...replication,
    ...(startSettings ? { options: startSettings.map((setting) => `-c ${setting}`).join(" ") } : {}),
    host: settings.host,
    port: settings.port,
    user: settings.user,
    password: settings.password,
    database: settings.database,
    ssl: tls ? tlsOptions(settings) : false,
    application_name: options.applicationName ?? "howdah",
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    // Node then asks ten times, each second: a peer that is gone without a word is known after 15 s.
    keepAliveInitialDelayMillis: 5_000,
  });
  // A session that breaks while nothing is asked of it must not end the process; the next query reports it.
  client.on("error", () => undefined);
  // Told to end while it connects, the driver would leave connect() waiting for ever.
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  const subject = `${settings.host}:${settings.port}`;
  let first: Buffer | null = null;
  streamOf(client).once("data", (chunk: Buffer) => {
    first = chunk;
  });
  try {
    await Promise.race([client.connect(), aborted.promise]);
    if (!options.isLook) rememberServer(client, settings);
    // A replication session has commands of its own, which are watched where they are sent.
    if (!options.replication && !options.isLook) watchAnswers(client, settings);
    return client;
  } catch (error) {
    streamOf(client).destroy();
    options.signal?.throwIfAborted();
    if (tls && first !== null && isServerError(first)) throw brokenOff(subject, error);
    throw toCodedError(error, "CONNECTION_RESET", subject);
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

/**
 * True for an ErrorResponse instead of an answer to the TLS request: a server that dies, or cannot fork, tells its clients so. The
 * driver takes it for another program's answer. Before version 14 it is text, since no protocol was agreed on yet.
 */
function isServerError(answer: Buffer): boolean {
  if (answer[0] !== "E".charCodeAt(0) || answer.length < 6) return false;
  const text = answer.toString("latin1", 1, 10);
  return answer.readUInt32BE(1) === answer.length - 1 || text.startsWith("FATAL: ") || text === "could not";
}

function brokenOff(subject: string, cause: unknown): CodedError {
  const message = "The server broke the connection off before it had answered.";
  return new CodedError("CONNECTION_RESET", message, { subject, cause, transient: true });
}
