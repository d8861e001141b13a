import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { sqlStateOf, toCodedError } from "@/lib/postgres/errors";
import { ident, literal } from "@/lib/postgres/sql";
import { CodedError } from "@/lib/util/coded-error";
import type { ErrorCode } from "@/lib/util/error-codes";
import { overrideDefaults } from "./session-settings";

export interface TargetDatabaseOptions {
  /** The target server, connected to a maintenance database other than `name`. */
  target: ConnectionSettings;
  name: string;
  signal: AbortSignal;
}

/** True when the target has a database of exactly this name. Throws CodedError. */
export async function targetDatabaseExists({
  target,
  name,
  signal,
}: TargetDatabaseOptions): Promise<boolean> {
  assertName(name);
  return await withSession(target, signal, (client) => exists(client, name));
}

/**
 * Creates an empty database with the encoding and locale of the source's
 * (https://www.postgresql.org/docs/current/sql-createdatabase.html). Throws CodedError LOCALE_UNAVAILABLE,
 * DATABASE_EXISTS, DATABASE_NAME_INVALID, CREATEDB_MISSING or DATABASE_CREATE_FAILED, and what connecting to either throws.
 */
export async function createTargetDatabase(
  options: TargetDatabaseOptions & { source: ConnectionSettings },
): Promise<void> {
  const { source, target, name, signal } = options;
  assertName(name);
  const locale = await withSession(source, signal, readLocale);
  await withSession(target, signal, async (client) => {
    const clauses = localeClauses(locale, await serverVersion(client));
    try {
      await client.query(
        `create database ${ident(name)} template template0 encoding ${literal(locale.encoding)} ${clauses}`,
      );
    } catch (error) {
      throw creationError(error, name, locale);
    }
  });
}

/**
 * Drops the database and ends its sessions. Nothing happens when it does not exist. Throws CodedError DATABASE_IN_USE
 * when sessions, prepared transactions, slots or subscriptions hold it, else DATABASE_DROP_FAILED.
 */
export async function dropTargetDatabase({ target, name, signal }: TargetDatabaseOptions): Promise<void> {
  assertName(name);
  await withSession(target, signal, async (client) => {
    const hasForce = (await serverVersion(client)) >= 130_000;
    if (!(await exists(client, name))) return;
    try {
      if (hasForce) await client.query(`drop database if exists ${ident(name)} with (force)`);
      else await dropWithoutForce(client, name, signal);
    } catch (error) {
      throw dropError(error, name);
    }
  });
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query("select 1 from pg_catalog.pg_database where datname = $1", [name]);
  return rows.length > 0;
}

/** NAMEDATALEN - 1; the server would cut a longer name and so name another database. */
const MAX_NAME_BYTES = 63;

function assertName(name: string): void {
  if (name !== "" && !name.includes("\0") && Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new CodedError(
    "DATABASE_NAME_INVALID",
    `A database name has 1 to ${MAX_NAME_BYTES} bytes and no null character; this one has ${Buffer.byteLength(name)} bytes.`,
  );
}

const DROP_ATTEMPTS = 5;
const DROP_PAUSE_MS = 200;

/** Before PostgreSQL 13: a client that connects again at once comes between ending the sessions and the drop. */
async function dropWithoutForce(client: pg.Client, name: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await client.query(
      "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname = $1",
      [name],
    );
    try {
      await client.query(`drop database if exists ${ident(name)}`);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== "55006" || attempt === DROP_ATTEMPTS) throw error;
      await sleep(DROP_PAUSE_MS, undefined, { signal });
    }
  }
}

interface DatabaseLocale {
  encoding: string;
  collate: string | null;
  ctype: string | null;
  /** c: libc, i: ICU, b: built in. */
  provider: string;
  locale: string | null;
  rules: string | null;
}

/** Columns that only newer servers have are read through JSON: absent is null. */
async function readLocale(client: pg.Client): Promise<DatabaseLocale> {
  const { rows } = await client.query<DatabaseLocale>(`
    select pg_catalog.pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype,
           coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') as provider,
           coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as locale,
           pg_catalog.to_jsonb(d) ->> 'daticurules' as rules
      from pg_catalog.pg_database d where datname = pg_catalog.current_database()`);
  const row = rows[0];
  if (!row) throw new CodedError("DATABASE_VANISHED", "The database is no longer on the source.");
  return row;
}

function localeClauses(locale: DatabaseLocale, targetVersion: number): string {
  const clauses: string[] = [];
  if (locale.collate !== null) clauses.push(`lc_collate ${literal(locale.collate)}`);
  if (locale.ctype !== null) clauses.push(`lc_ctype ${literal(locale.ctype)}`);
  if (locale.provider === "i") {
    clauses.push("locale_provider icu", `icu_locale ${literal(locale.locale ?? "")}`);
    if (locale.rules !== null) clauses.push(`icu_rules ${literal(locale.rules)}`);
  } else if (locale.provider === "b") {
    clauses.push("locale_provider builtin", `builtin_locale ${literal(locale.locale ?? "C")}`);
  } else if (targetVersion >= 150_000) clauses.push("locale_provider libc");
  return clauses.join(" ");
}

/** invalid_parameter_value, wrong_object_type, undefined_object, feature_not_supported: the codes of unknown locales and providers. */
const LOCALE_STATES: ReadonlySet<string> = new Set(["22023", "42809", "42704", "0A000"]);

function creationError(error: unknown, name: string, locale: DatabaseLocale): CodedError {
  const sqlState = sqlStateOf(error);
  if (sqlState === "42P04") return rethrown(error, "DATABASE_EXISTS", name);
  if (sqlState === "42501") return rethrown(error, "CREATEDB_MISSING", name);
  const message = error instanceof Error ? error.message : "";
  if (sqlState !== null && (LOCALE_STATES.has(sqlState) || /locale|encoding|collation|LC_C/i.test(message))) {
    const text = `The target cannot create "${name}" with encoding ${locale.encoding} and locale ${locale.locale ?? locale.collate}: ${message}`;
    return new CodedError("LOCALE_UNAVAILABLE", text, { sqlState, subject: name, cause: error });
  }
  return toCodedError(error, "DATABASE_CREATE_FAILED", name);
}

function dropError(error: unknown, name: string): CodedError {
  const message = error instanceof Error ? error.message : "";
  const inUse = sqlStateOf(error) === "55006" || /terminat|signal/i.test(message);
  return rethrown(error, inUse ? "DATABASE_IN_USE" : "DATABASE_DROP_FAILED", name);
}

/** An error whose code is known from what was tried, unless the connection itself broke. */
function rethrown(error: unknown, code: ErrorCode, name: string): CodedError {
  const coded = toCodedError(error, code, name);
  if (coded.transient || coded.sqlState === null) return coded;
  return new CodedError(code, coded.message, { sqlState: coded.sqlState, subject: name, cause: error });
}

async function serverVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: string }>(
    "select pg_catalog.current_setting('server_version_num') as version",
  );
  return Number(rows[0]?.version);
}

/** An abort ends the statement on the server too, and is over only then: a database that is half created would stay. */
async function withSession<T>(
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, { applicationName: "howdah", signal });
  let ending: Promise<void> | undefined;
  const end = () => {
    ending = endSession(settings, processIdOf(client));
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    await overrideDefaults(client);
    return await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw toCodedError(error, "INTERNAL");
  } finally {
    signal.removeEventListener("abort", end);
    await ending;
    await endClient(client);
  }
}
