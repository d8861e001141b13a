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
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    stack: error.stack,
  };
}
