import type pg from "pg";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { ident, literal } from "@/lib/postgres/sql";
import type { ObjectFailure } from "../events";

/** What `alter database` and `comment on database` keep about a database, outside of its schema. */
export interface DatabaseSettings {
  comment: string | null;
  /** "name=value" of ALTER DATABASE ... SET, for all roles. */
  settings: string[];
}

/** Reads the properties of the current database of the source. Throws what the server reports. */
export async function readDatabaseSettings(source: pg.Client): Promise<DatabaseSettings> {
  const { rows } = await source.query<DatabaseSettings>(`
    select pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
           coalesce((select s.setconfig from pg_catalog.pg_db_role_setting s where s.setdatabase = d.oid and s.setrole = 0),
                    '{}') as settings
      from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`);
  return rows[0] ?? { comment: null, settings: [] };
}

/**
 * Gives them to the current database of the target; sessions that are open keep what they have. Returns a warning for
 * each the target refuses, e.g. a parameter it does not know.
 */
export async function applyDatabaseSettings(
  target: pg.Client,
  { comment, settings }: DatabaseSettings,
): Promise<ObjectFailure[]> {
  const { rows } = await target.query<{ name: string }>("select pg_catalog.current_database() as name");
  const database = ident(rows[0]?.name ?? "");
  const statements = settings.map((setting) => `alter database ${database} set ${assignment(setting)}`);
  if (comment !== null) statements.push(`comment on database ${database} is ${literal(comment)}`);
  const failures: ObjectFailure[] = [];
  for (const statement of statements) {
    try {
      await target.query(statement);
    } catch (error) {
      if (sqlStateOf(error) === null) throw error;
      const { code, sqlState, message } = toCodedError(error, "OBJECT_FAILED");
      const remedy = "Run the statement shown on the target by a login that may, or do without.";
      failures.push({
        severity: "warning",
        kind: "database-setting",
        object: database,
        code,
        sqlState,
        message,
        remedy,
        statement,
      });
    }
  }
  return failures;
}

/** Parameters that are lists of identifiers, stored as "a", b (GUC_LIST_QUOTE): one literal for each, or they become one name. */
const QUOTED_LISTS: ReadonlySet<string> = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

const LIST_ELEMENT = /"((?:[^"]|"")*)"|[^,\s"]+/g;

function assignment(setting: string): string {
  const at = setting.indexOf("=");
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  const parameter = name.split(".").map(ident).join(".");
  if (!QUOTED_LISTS.has(name.toLowerCase())) return `${parameter} = ${literal(value)}`;
  const elements = [...value.matchAll(LIST_ELEMENT)].map(([plain, quoted]) =>
    literal(quoted === undefined ? plain : quoted.replaceAll('""', '"')),
  );
  return `${parameter} = ${elements.join(", ") || "''"}`;
}
