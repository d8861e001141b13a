import type pg from "pg";
import { EMPTY_PATH } from "@/lib/postgres/connect-with-empty-path";
import { LANGUAGE_MAY_BE_SET } from "@/lib/postgres/english-messages";
import { sqlStateOf } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";

/** What both sides must agree on for a value's text to mean the same. */
const COMMON = {
  // A login may be set to act as another role (alter role ... set role), which need not have the login's rights.
  role: "none",
  datestyle: "ISO, MDY",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "3",
  bytea_output: "hex",
  lc_monetary: "C",
  array_nulls: "on",
  xmloption: "content",
  row_security: "off",
  // Names of types are compared, and the stream's have no quotes they need not have.
  quote_all_identifiers: "off",
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
};

/** Prepares a session that reads the source: it can write nothing, and row security raises instead of hiding rows. */
export async function prepareSource(client: pg.Client): Promise<void> {
  await apply(client, { ...COMMON, default_transaction_read_only: "on", synchronize_seqscans: "off" });
}

/**
 * Prepares a session that writes the target. Rows are not waited for on disk: a crash of the target begins anew anyway.
 * Large values are compressed with lz4 where the server has it, see TARGET_SETTINGS.
 */
export async function prepareTarget(client: pg.Client): Promise<void> {
  const settings = {
    ...COMMON,
    synchronous_commit: "off",
    default_transaction_read_only: "off",
    check_function_bodies: "off",
  };
  await apply(client, settings, TARGET_SETTINGS);
  await trySetting(client, "session_replication_role", "replica");
}

const UNWANTED_NAMES =
  "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout', 'jit')";

/**
 * A move outlasts every time-out of a server, login or database; newer servers have more of them. Compiling a plan (jit) takes
 * 100 ms, and where ways of reading are forbidden the planner's costs are so high that every small statement is compiled
 * (jit-decision.html). Messages come in English where the login may ask for that.
 */
export const WITHOUT_UNWANTED = `
select pg_catalog.set_config(name, case name when 'lc_messages' then 'C' else '0' end, false) from pg_catalog.pg_settings
 where name in ${UNWANTED_NAMES} or ${LANGUAGE_MAY_BE_SET}`;

/**
 * The same, and lz4: compressing large values (TOAST) is what copying them costs the target most, and takes half the time of
 * the default, pglz. Values are the same and take about the same space; columns that name a compression of their own keep it.
 * A choice made for the login or the database stays (storage-toast.html, runtime-config-client.html#GUC-DEFAULT-TOAST-COMPRESSION).
 */
const TARGET_SETTINGS = `
select pg_catalog.set_config(name, case name when 'default_toast_compression' then 'lz4' when 'lc_messages' then 'C' else '0' end, false)
  from pg_catalog.pg_settings
 where name in ${UNWANTED_NAMES} or ${LANGUAGE_MAY_BE_SET}
    or (name = 'default_toast_compression' and setting = 'pglz' and 'lz4' = any (enumvals) and source not in ('database', 'user', 'database user'))`;

/**
 * What a login or a database may set for its applications, and no session of ours can live with: many stop the writes before
 * a cutover with default_transaction_read_only, and it is then that the slot and the publications have to go.
 */
const OVERRIDES = `${EMPTY_PATH};
set role none;
set default_transaction_read_only = off;
set default_transaction_isolation = 'read committed';
set default_transaction_deferrable = off;
set quote_all_identifiers = off;
${WITHOUT_UNWANTED}`;

/**
 * Makes a session that works beside the copying able to: it may write, is not ended for taking long or for waiting, sees
 * what was committed last, and takes names for those of the system catalogues. Throws what the server reports.
 */
export async function overrideDefaults(client: pg.Client): Promise<void> {
  await client.query(OVERRIDES);
}

async function apply(
  client: pg.Client,
  settings: Record<string, string>,
  more = WITHOUT_UNWANTED,
): Promise<void> {
  const assignments = Object.entries(settings).map(([name, value]) => `set ${name} = ${literal(value)}`);
  await client.query([EMPTY_PATH, ...assignments, more, clientEncoding()].join(";\n"));
}

/**
 * The driver speaks UTF-8. A server without an encoding would check what it is sent if one were named, and bytes that are
 * no UTF-8 could not pass (multibyte.html); MULE_INTERNAL has no conversion.
 */
function clientEncoding(): string {
  return `select pg_catalog.set_config('client_encoding', case when e in ('SQL_ASCII', 'MULE_INTERNAL') then e else 'UTF8' end, false)
            from pg_catalog.current_setting('server_encoding') e`;
}

/**
 * Keeps the database's event triggers from what a session of ours creates or cleans up, where the login may: one that refuses
 * DDL would keep it from being done, and those of an extension are there before all else. Throws what the server reports.
 */
export async function withoutEventTriggers(client: pg.Client): Promise<void> {
  await trySetting(client, "session_replication_role", "replica");
}

/** A setting that needs a privilege; without it the session goes on. Any other error is thrown. */
async function trySetting(client: pg.Client, name: string, value: string): Promise<void> {
  try {
    await client.query(`set ${name} = ${literal(value)}`);
  } catch (error) {
    if (sqlStateOf(error) !== "42501") throw error;
    // The driver reports an error before the server says that it is ready. Whoever reads the socket next would take that
    // ReadyForQuery for the end of its own statement; an answered query means that it has come.
    await client.query("select 1");
  }
}
