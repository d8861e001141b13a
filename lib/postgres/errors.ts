import { CodedError, type CodedErrorDetails } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";

/**
 * The one place where errors of sockets, TLS and PostgreSQL become codes, and where it is decided whether
 * trying again can help. SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

const BY_SQLSTATE: Record<string, ErrorCode> = {
  "28P01": "PASSWORD_REJECTED",
  "3D000": "DATABASE_MISSING",
  "53100": "DISK_FULL",
  "53200": "OUT_OF_MEMORY",
  "53300": "TOO_MANY_CONNECTIONS",
  "57P01": "CONNECTION_LOST",
  "57P02": "CONNECTION_LOST",
  "57P03": "SERVER_STARTING",
  "57P05": "CONNECTION_LOST",
  "25P03": "CONNECTION_LOST",
  "25006": "TARGET_READ_ONLY",
  "42501": "PRIVILEGE_MISSING",
  "55P03": "STATEMENT_TIMED_OUT",
  "0A000": "OBJECT_FAILED",
};

const BY_SQLSTATE_CLASS: Record<string, ErrorCode> = {
  "08": "CONNECTION_LOST",
  "22": "VALUE_REJECTED",
  "23": "CONSTRAINT_VIOLATED",
};

const BY_NODE_CODE: Record<string, ErrorCode> = {
  ENOTFOUND: "HOST_NOT_FOUND",
  EAI_AGAIN: "HOST_NOT_FOUND",
  EAI_NODATA: "HOST_NOT_FOUND",
  ECONNREFUSED: "CONNECTION_REFUSED",
  ETIMEDOUT: "CONNECTION_TIMED_OUT",
  EHOSTUNREACH: "CONNECTION_TIMED_OUT",
  ENETUNREACH: "CONNECTION_TIMED_OUT",
  ECONNRESET: "CONNECTION_RESET",
  EPIPE: "CONNECTION_RESET",
  ERR_STREAM_DESTROYED: "CONNECTION_RESET",
  DEPTH_ZERO_SELF_SIGNED_CERT: "CERTIFICATE_UNTRUSTED",
  SELF_SIGNED_CERT_IN_CHAIN: "CERTIFICATE_UNTRUSTED",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "CERTIFICATE_UNTRUSTED",
  UNABLE_TO_GET_ISSUER_CERT: "CERTIFICATE_UNTRUSTED",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "CERTIFICATE_UNTRUSTED",
  CERT_UNTRUSTED: "CERTIFICATE_UNTRUSTED",
  CERT_SIGNATURE_FAILURE: "CERTIFICATE_UNTRUSTED",
  INVALID_CA: "CERTIFICATE_UNTRUSTED",
  CERT_HAS_EXPIRED: "CERTIFICATE_EXPIRED",
  CERT_NOT_YET_VALID: "CERTIFICATE_EXPIRED",
  ERR_TLS_CERT_ALTNAME_INVALID: "CERTIFICATE_HOST_MISMATCH",
};

/** Codes after which a new connection may well succeed. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CONNECTION_RESET",
  "CONNECTION_LOST",
  "CONNECTION_REFUSED",
  "CONNECTION_TIMED_OUT",
  "SERVER_STARTING",
  "TOO_MANY_CONNECTIONS",
  "OUT_OF_MEMORY",
]);

/** Serialization failure and deadlock: the statement itself was fine. */
const TRANSIENT_SQLSTATES: ReadonlySet<string> = new Set(["40001", "40P01"]);

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The server's SQLSTATE, or null when `error` did not come from a server. */
export function sqlStateOf(error: unknown): string | null {
  if (error instanceof CodedError) return error.sqlState;
  if (typeof error !== "object" || error === null || !("severity" in error) || !("code" in error))
    return null;
  const code = error.code;
  return typeof code === "string" && SQLSTATE.test(code) ? code : null;
}

/** True when trying again may help. */
export function isTransient(error: unknown): boolean {
  return toCodedError(error, "INTERNAL").transient;
}

/**
 * Turns whatever was thrown into a CodedError with a message fit for users; a CodedError passes unchanged.
 * `fallback` is the code when nothing more specific is known, `subject` names what it was about.
 */
export function toCodedError(error: unknown, fallback: ErrorCode, subject?: string): CodedError {
  if (error instanceof CodedError) return error;
  if (error instanceof AggregateError && error.errors.length > 0)
    return toCodedError(error.errors[0], fallback, subject);
  const sqlState = sqlStateOf(error);
  const message = describe(error);
  const code =
    (sqlState ? codeOfServerError(sqlState, message, routineOf(error)) : codeOfClientError(error, message)) ??
    fallback;
  const details: CodedErrorDetails = {
    cause: error,
    transient: TRANSIENT.has(code) || (sqlState !== null && TRANSIENT_SQLSTATES.has(sqlState)),
  };
  if (sqlState) details.sqlState = sqlState;
  if (subject !== undefined) details.subject = subject;
  return new CodedError(code, message, details);
}

/** The server's function that refused, the same in every language of its messages; "" when none is told (protocol-error-fields.html). */
export function routineOf(error: unknown): string {
  return error instanceof Error && "routine" in error ? String(error.routine) : "";
}

function codeOfServerError(sqlState: string, message: string, routine: string): ErrorCode | undefined {
  if (sqlState === "28000") {
    if (/pg_hba\.conf/i.test(message)) return "NO_PG_HBA_ENTRY";
    if (/not permitted to log in/i.test(message)) return "LOGIN_NOT_PERMITTED";
    if (routine === "InitializeSessionUserId" && !/does not exist/i.test(message))
      return "LOGIN_NOT_PERMITTED";
    if (/client certificate|certificate authentication/i.test(message)) return "AUTHENTICATION_UNSUPPORTED";
    return "PASSWORD_REJECTED";
  }
  if (sqlState === "57014") return /timeout/i.test(message) ? "STATEMENT_TIMED_OUT" : "CANCELED";
  return BY_SQLSTATE[sqlState] ?? BY_SQLSTATE_CLASS[sqlState.slice(0, 2)];
}

function codeOfClientError(error: unknown, message: string): ErrorCode | undefined {
  if (error instanceof Error && error.name === "AbortError") return "CANCELED";
  const nodeCode = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = BY_NODE_CODE[nodeCode];
  if (known) return known;
  if (nodeCode.startsWith("ERR_SSL_") || nodeCode.startsWith("ERR_OSSL_")) return "NOT_POSTGRESQL";
  if (/does not support SSL/i.test(message)) return "TLS_NOT_SUPPORTED";
  if (/error establishing an SSL connection/i.test(message)) return "NOT_POSTGRESQL";
  if (/timeout expired|timeout exceeded/i.test(message)) return "CONNECTION_TIMED_OUT";
  if (
    /unknown authenticationOk message type|SASL: Only mechanism|SASL: .* not (currently )?supported/i.test(
      message,
    )
  ) {
    return "AUTHENTICATION_UNSUPPORTED";
  }
  if (/SASL|client password must be a string/i.test(message)) return "PASSWORD_REJECTED";
  if (
    /Connection terminated|Client has encountered a connection error|not queryable|socket hang up/i.test(
      message,
    )
  ) {
    return "CONNECTION_RESET";
  }
  return undefined;
}

/** What Node tells as "getaddrinfo ENOTFOUND x" or "read ECONNRESET". */
const NETWORK_FAULTS: Record<string, (peer: string) => string> = {
  ENOTFOUND: (peer) => `The name service does not know ${peer}.`,
  EAI_NODATA: (peer) => `The name service knows no address of ${peer}.`,
  EAI_AGAIN: (peer) => `The name service did not answer when asked for ${peer}.`,
  ECONNREFUSED: (peer) => `Nothing accepts connections at ${peer}.`,
  ETIMEDOUT: (peer) => `No answer came from ${peer}.`,
  EHOSTUNREACH: (peer) => `There is no way through the network to ${peer}.`,
  ENETUNREACH: (peer) => `There is no way through the network to ${peer}.`,
  ECONNRESET: () => "The connection was reset by the other side or by the network between.",
  EPIPE: () => "The connection was closed by the other side or by the network between.",
};

function describeFault(error: Error): string | null {
  const { code, hostname, address, port } = error as NodeJS.ErrnoException & {
    hostname?: string;
    address?: string;
    port?: number;
  };
  const host = hostname ?? address;
  const peer = host === undefined ? "the server" : port === undefined ? host : `${host}:${port}`;
  return NETWORK_FAULTS[code ?? ""]?.(peer) ?? null;
}

/** The server's message with the parts that say where: detail, hint, table, column and the COPY line. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [describeFault(error) ?? (error.message || error.name)];
  const { detail, hint, where } = error as { detail?: unknown; hint?: unknown; where?: unknown };
  if (typeof detail === "string" && detail !== "") parts.push(detail);
  if (typeof hint === "string" && hint !== "") parts.push(`Hint: ${hint}`);
  if (typeof where === "string" && where.startsWith("COPY ")) parts.push(shorten(where));
  return parts.reduce((text, part) => (/[.!?…]$/.test(text) ? `${text} ${part}` : `${text}. ${part}`));
}

/** A COPY context may quote a whole value; 300 characters show enough of it. */
function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
