import pg from "pg";
import { CodedError } from "@/lib/util/coded-error";
import type { ConnectOptions } from "../connect";
import type { ConnectionSettings } from "../connection-settings";
import { streamOf } from "../driver-internals";
import { toCodedError } from "../errors";
import { tlsOptions } from "../tls";

/**
 * Given with the login, because servers before 10 take no SET on such a session. An empty search_path makes type names
 * come qualified; the rest makes a value's text mean the same everywhere.
 */
const SETTINGS = [
  "search_path=",
  "datestyle=ISO,MDY",
  "intervalstyle=postgres",
  "timezone=UTC",
  "extra_float_digits=3",
  "bytea_output=hex",
  "lc_monetary=C",
  "xmloption=content",
  "statement_timeout=0",
  "lock_timeout=0",
]
  .map((setting) => `-c ${setting}`)
  .join(" ");

/**
 * Opens a session that speaks the replication protocol for one database (protocol-replication.html). The driver's types
 * know nothing of `replication`, its code does. Falls back to plain text as `connect` does. Throws CodedError.
 */
export async function loginForReplication(
  settings: ConnectionSettings,
  options: ConnectOptions,
): Promise<pg.Client> {
  options.signal?.throwIfAborted();
  try {
    return await open(settings, options, true);
  } catch (error) {
    if (settings.sslMode !== "Prefer" || !isAny(error, "TLS_NOT_SUPPORTED", "NO_PG_HBA_ENTRY")) throw error;
    try {
      return await open(settings, options, false);
    } catch (second) {
      throw isAny(second, "NO_PG_HBA_ENTRY") ? error : second;
    }
  }
}

function isAny(error: unknown, ...codes: string[]): boolean {
  return error instanceof CodedError && codes.includes(error.code);
}

async function open(settings: ConnectionSettings, options: ConnectOptions, tls: boolean): Promise<pg.Client> {
  const config = {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    password: settings.password,
    database: settings.database,
    replication: "database",
    options: SETTINGS,
    ssl: tls ? tlsOptions(settings) : false,
    application_name: options.applicationName ?? "howdah",
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([client.connect(), aborted.promise]);
    return client;
  } catch (error) {
    streamOf(client).destroy();
    options.signal?.throwIfAborted();
    throw loginError(error, `${settings.host}:${settings.port}`);
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

function loginError(error: unknown, subject: string): CodedError {
  const coded = toCodedError(error, "CONNECTION_RESET", subject);
  const details = { cause: error, subject, ...(coded.sqlState ? { sqlState: coded.sqlState } : {}) };
  if (coded.sqlState === "42501") return new CodedError("REPLICATION_RIGHT_MISSING", coded.message, details);
  if (coded.sqlState === "53300" && /max_wal_senders/.test(coded.message))
    return new CodedError("WAL_SENDERS_MISSING", coded.message, { ...details, transient: true });
  return coded;
}
