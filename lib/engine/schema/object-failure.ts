import type { ObjectFailure } from "@/lib/engine/events";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import type { CodedError } from "@/lib/util/coded-error";
import { describeCode, type ErrorCode } from "@/lib/util/error-codes";
import { hideSecrets } from "./hide-secrets";
import type { SchemaStatement, StatementKind } from "./statement";

/** Codes that say more than OBJECT_FAILED when a statement of a schema is refused. */
const TELLING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "PRIVILEGE_MISSING",
  "CONSTRAINT_VIOLATED",
  "STATEMENT_TIMED_OUT",
  "DISK_FULL",
  "OUT_OF_MEMORY",
  "TARGET_READ_ONLY",
]);

/** Without these the data is complete and the application finds all objects. */
const MINOR: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "comment",
  "owner",
  "grant",
  "default-privileges",
  "cluster-on",
  "setting",
]);

/** How a column's values are kept, not what they are: a server may lack a compression method. */
const STORING =
  /^ALTER (?:MATERIALIZED VIEW|TABLE) [\s\S]+ ALTER COLUMN [\s\S]+ SET (?:COMPRESSION|STATISTICS|STORAGE) \S+$/i;

const STATEMENT_LIMIT = 10_000;

/** The report of a statement that the target refused with `error`. Throws CodedError when it is the session that broke. */
export function schemaFailure(statement: SchemaStatement, error: unknown): ObjectFailure {
  const coded = toCodedError(error, "OBJECT_FAILED", statement.object);
  if (sqlStateOf(error) === null || isSessionLost(coded)) throw coded;
  const code = codeOf(statement, coded);
  return report(statement, code, coded.sqlState, coded.message, remedyOf(statement, code, coded));
}

/** The report of a statement that cannot work because `missing` failed before. */
export function skippedFailure(statement: SchemaStatement, missing: string): ObjectFailure {
  const message = `needs ${missing}, which could not be created`;
  return report(statement, "OBJECT_SKIPPED", null, message, describeCode("OBJECT_SKIPPED").remedy);
}

/** Its script was run and found something missing, or there already: undefined and duplicate objects. */
const OF_SCRIPT: ReadonlySet<string | null> = new Set([
  ...["42P01", "42703", "42704", "42883"],
  ...["42P06", "42P07", "42710", "42723"],
]);

function codeOf(statement: SchemaStatement, { code, sqlState }: CodedError): ErrorCode {
  if (TELLING.has(code)) return code;
  return statement.kind === "extension" && !OF_SCRIPT.has(sqlState)
    ? "EXTENSION_UNAVAILABLE"
    : "OBJECT_FAILED";
}

function remedyOf({ kind }: SchemaStatement, code: ErrorCode, coded: CodedError): string {
  if (kind === "extension" && code === "PRIVILEGE_MISSING")
    return "Have a superuser of the target run the statement shown in this database, then retry what failed.";
  return code === coded.code ? coded.remedy : describeCode(code).remedy;
}

function isSessionLost(error: CodedError): boolean {
  return error.code === "CONNECTION_LOST" || error.code === "CONNECTION_RESET" || error.code === "CANCELED";
}

function report(
  statement: SchemaStatement,
  code: ErrorCode,
  sqlState: string | null,
  message: string,
  remedy: string,
): ObjectFailure {
  return {
    severity: MINOR.has(statement.kind) || STORING.test(statement.sql) ? "warning" : "error",
    kind: statement.kind,
    object: statement.object,
    code,
    sqlState,
    message,
    remedy,
    statement: hideSecrets(statement.sql).slice(0, STATEMENT_LIMIT),
  };
}
