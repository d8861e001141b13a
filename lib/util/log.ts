import pino from "pino";

/** Keys whose values never reach a log line, at the top and one level down. */
const SECRET_KEYS = [
  "password",
  "sourcePassword",
  "targetPassword",
  "sourceServerPassword",
  "targetServerPassword",
  "secretParameters",
  "adminCredentials",
  "token",
  "authorization",
  "cookie",
  "connectionString",
  "databaseUrl",
];

const root = pino(
  {
    level: process.env["HOWDAH_LOG_LEVEL"] ?? "info",
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
  },
  pino.destination({ dest: 2, sync: true }),
);

/** A JSON logger on standard error; `part` names the part of the program. */
export function logger(part: string): pino.Logger {
  return root.child({ part });
}

/** Errors of drivers carry connection parameters and statement values: only what is known to be harmless is kept. */
function describeError(error: unknown): unknown {
  if (!isErrorLike(error)) return { message: String(error) };
  const { name, message, code, stack } = error;
  const known = { name, message, code, stack };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => typeof value === "string"));
}

/** The queue passes on copies of errors that are no Error any more. */
function isErrorLike(
  error: unknown,
): error is { message: string; name?: unknown; code?: unknown; stack?: unknown } {
  return (
    typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
  );
}
