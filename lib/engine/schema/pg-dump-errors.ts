import { CodedError, type CodedErrorDetails } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { notUtf8 } from "./decode-dump";

/** pg_dump prints text only; the server's messages in it may be translated, and then the fallback stands. */
const KNOWN: readonly [RegExp, ErrorCode][] = [
  [/permission denied/i, "PRIVILEGE_MISSING"],
  [/lock timeout|statement timeout|could not obtain lock/i, "STATEMENT_TIMED_OUT"],
  [/out of shared memory|max_locks_per_transaction/i, "OUT_OF_MEMORY"],
  [/remaining connection slots|too many (connections|clients)/i, "TOO_MANY_CONNECTIONS"],
  [/password authentication failed|no password supplied/i, "PASSWORD_REJECTED"],
  [/no pg_hba\.conf entry/i, "NO_PG_HBA_ENTRY"],
  [/certificate verify failed/i, "CERTIFICATE_UNTRUSTED"],
  [/server certificate for .* does not match host name/i, "CERTIFICATE_HOST_MISMATCH"],
  [/server does not support SSL/i, "TLS_NOT_SUPPORTED"],
  [/server version mismatch/i, "SCHEMA_TOOL_MISSING"],
  [
    /closed the connection|connection (to server .* )?(failed|timed out|reset)|terminating connection|no connection to the server/i,
    "CONNECTION_LOST",
  ],
];

const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "OUT_OF_MEMORY",
  "TOO_MANY_CONNECTIONS",
  "CONNECTION_LOST",
]);

const MESSAGE_LIMIT = 4_000;
const WASM_PREFIX = /^pg_dump failed with exit code -?\d+\.\s*Error message:\s*/;

/** CodedError for what pg_dump wrote to standard error before it gave up; SCHEMA_DUMP_FAILED when nothing more is known. */
export function pgDumpError(stderr: string, cause?: unknown): CodedError {
  // The WebAssembly build loses the line ends between messages.
  const text = stderr
    .replace(WASM_PREFIX, "")
    .replace(/(?<!^|\n)(?=pg_dump: (error|detail|hint|warning|last built-in OID))/g, "\n")
    .trim();
  // The server's way to refuse what no decoder would take either.
  if (/invalid byte sequence for encoding "UTF8"/.test(text))
    return notUtf8(cause, text.slice(0, MESSAGE_LIMIT));
  const code = KNOWN.find(([pattern]) => pattern.test(text))?.[1] ?? "SCHEMA_DUMP_FAILED";
  const message = text === "" ? "pg_dump ended without a message." : text.slice(0, MESSAGE_LIMIT);
  const details: CodedErrorDetails = { transient: TRANSIENT.has(code) };
  if (cause !== undefined) details.cause = cause;
  return new CodedError(code, message, details);
}
