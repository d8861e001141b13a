import type { SchemaStatement } from "./statement";

/**
 * Takes out of a dump what the target cannot take although nothing is lost by it. Returns null when the whole
 * statement goes. Both versions are major ones.
 */
export function filterStatement(
  statement: SchemaStatement,
  targetVersion: number,
  sourceVersion = targetVersion,
): SchemaStatement | null {
  // Known since version 17; a newer pg_dump sets it whatever the servers are.
  if (statement.kind === "setting" && statement.object === "transaction_timeout" && targetVersion < 17)
    return null;
  if (statement.kind === "schema" && statement.object === "public") return createIfMissing(statement);
  if (statement.kind === "table" && statement.sql.includes("pg_attver")) return withoutAttver(statement);
  if (sourceVersion < MAINTAIN_SINCE && targetVersion >= MAINTAIN_SINCE) return withoutMaintain(statement);
  return statement;
}

/** The major whose tables have one privilege more. */
const MAINTAIN_SINCE = 17;
const ALL_ON_TABLES = /^((?:ALTER DEFAULT PRIVILEGES [\s\S]*? )?GRANT )ALL( ON TABLES? )/;

const NONE_ON_TABLES =
  /^((?:ALTER DEFAULT PRIVILEGES [\s\S]*? )?REVOKE )(?:[A-Z]+, ?){6}[A-Z]+( ON TABLES? )/;

/** ALL as of an older major: who had it there may not do more here. */
function withoutMaintain(statement: SchemaStatement): SchemaStatement {
  if (statement.kind !== "grant" && statement.kind !== "default-privileges") return statement;
  const privileges = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER";
  // Whoever has lost all of those, the owner too, has lost all there were.
  const sql = statement.sql.replace(ALL_ON_TABLES, `$1${privileges}$2`).replace(NONE_ON_TABLES, "$1ALL$2");
  return { ...statement, sql };
}

/** A new database has it, unless template1 was changed. */
function createIfMissing(statement: SchemaStatement): SchemaStatement {
  return {
    ...statement,
    sql: statement.sql.replace(/^CREATE SCHEMA (?!IF )/i, "CREATE SCHEMA IF NOT EXISTS "),
  };
}

const SET_OPTIONS = /^(ALTER TABLE (?:ONLY )?[\s\S]+? ALTER COLUMN [\s\S]+? SET \()([^()]*)\)$/i;
const ATTVER = /^\s*"?pg_attver"?\s*=/;

/**
 * The newest minor releases keep a server-managed column option pg_attver; a pg_dump of an older minor prints it,
 * and other servers reject it. It has no meaning on another server.
 */
function withoutAttver(statement: SchemaStatement): SchemaStatement | null {
  const match = SET_OPTIONS.exec(statement.sql);
  if (!match) return statement;
  const [, head = "", options = ""] = match;
  const kept = options.split(",").filter((option) => !ATTVER.test(option));
  if (kept.length === 0) return null;
  return { ...statement, sql: `${head}${kept.join(",").trim()})` };
}
