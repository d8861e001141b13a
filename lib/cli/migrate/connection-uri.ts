import { readFileSync } from "node:fs";
import { currentUser } from "@/lib/cli/current-user";
import { UsageError } from "@/lib/cli/usage-error";
import type { SslMode } from "@/lib/migrations/vocabulary";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";

/** A server as a connection URI names it. */
export interface ServerAddress {
  host: string;
  port: number;
  user: string;
  /** null: not in the URI. */
  password: string | null;
  database: string | null;
  sslMode: SslMode;
  caCertificate: string | null;
}

/** libpq's modes by the names of the ARM contract. Prefer goes without TLS only where the server has none. */
const SSL_MODES: Readonly<Record<string, SslMode>> = {
  disable: "Prefer",
  allow: "Prefer",
  prefer: "Prefer",
  require: "Require",
  "verify-ca": "VerifyCA",
  "verify-full": "VerifyFull",
};

/** Parameters that change nothing about where the data goes or how it is protected. */
const IGNORED = ["application_name", "connect_timeout", "keepalives", "gssencmode", "target_session_attrs"];
const KNOWN = ["host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", ...IGNORED];

/**
 * Reads a URI of https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS as given for `option`.
 * Throws UsageError, whose message never repeats the URI, as it may hold a password.
 */
export function parseConnectionUri(text: string, option: string): ServerAddress {
  const url = parseUrl(text, option);
  const parameter = (name: string) => url.searchParams.get(name);
  const unknown = [...url.searchParams.keys()].find((name) => !KNOWN.includes(name));
  if (unknown) throw new UsageError(`${option}: the parameter "${unknown}" is not supported.`);
  const host = decode(parameter("host") ?? url.hostname, option).replace(/^\[|\]$/g, "") || "localhost";
  if (host.includes(",") || host.startsWith("/")) {
    throw new UsageError(`${option}: name one host; several hosts and socket folders are not supported.`);
  }
  const password = parameter("password") ?? decode(url.password, option);
  return {
    host,
    port: parsePort(parameter("port") ?? url.port, option),
    user: parameter("user") ?? (decode(url.username, option) || currentUser()),
    password: password === "" ? null : password,
    database: parameter("dbname") ?? (decode(url.pathname.slice(1), option) || null),
    sslMode: parseSslMode(parameter("sslmode"), option),
    caCertificate: readCertificate(parameter("sslrootcert"), option),
  };
}

/** What `connect` needs for the address; the database postgres where the URI names none. */
export function settingsOf(address: ServerAddress, password: string): ConnectionSettings {
  const { host, port, user, sslMode, caCertificate } = address;
  return {
    host,
    port,
    user,
    password,
    database: address.database ?? "postgres",
    sslMode,
    ...(caCertificate === null ? {} : { caCertificate }),
  };
}

function parseUrl(text: string, option: string): URL {
  const hint = `${option}: write postgresql://user@host:port/database, with special characters percent-encoded.`;
  if (!/^postgres(ql)?:\/\//.test(text)) throw new UsageError(hint);
  try {
    // An empty host is libpq's local server, but no URL to URL.
    return new URL(text.replace(/^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)(?=$|[/?])/, "$1localhost"));
  } catch {
    throw new UsageError(hint);
  }
}

function decode(text: string, option: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`${option}: malformed percent-encoding; a literal % is written %25.`);
  }
}

function parsePort(text: string, option: string): number {
  const port = text === "" ? 5432 : Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`${option}: the port must be a number from 1 to 65535.`);
}

function parseSslMode(text: string | null, option: string): SslMode {
  const mode = SSL_MODES[text ?? "prefer"];
  if (mode) return mode;
  throw new UsageError(`${option}: sslmode must be one of ${Object.keys(SSL_MODES).join(", ")}.`);
}

function readCertificate(path: string | null, option: string): string | null {
  // "system" stands for the usual authorities, which are trusted anyway.
  if (path === null || path === "system") return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${option}: the file of sslrootcert cannot be read.`);
  }
}
