import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";

/** What both sides must agree on for a value's text to mean the same. */
const COMMON = {
  search_path: "",
  datestyle: "ISO, MDY",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmloption: "content",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};

/** Prepares a session that reads the source: it can write nothing, and row security raises instead of hiding rows. */
export async function prepareSource(client: pg.Client, clientEncoding: string): Promise<void> {
  await apply(client, {
    ...COMMON,
    client_encoding: clientEncoding,
    default_transaction_read_only: "on",
    row_security: "off",
    synchronize_seqscans: "off",
  });
}

/** Prepares a session that writes the target. Rows are not waited for on disk: a crash of the target begins anew anyway. */
export async function prepareTarget(client: pg.Client, clientEncoding: string): Promise<void> {
  await apply(client, {
    ...COMMON,
    client_encoding: clientEncoding,
    synchronous_commit: "off",
    default_transaction_read_only: "off",
    check_function_bodies: "off",
  });
  await trySetting(client, "session_replication_role", "replica");
}

/** Time-outs that only newer servers know (idle_session_timeout since 14, transaction_timeout since 17). */
const NEWER_TIMEOUTS = "{idle_session_timeout,transaction_timeout}";

async function apply(client: pg.Client, settings: Record<string, string>): Promise<void> {
  const statements = Object.entries(settings).map(([name, value]) => `set ${name} = ${literal(value)}`);
  await client.query(
    `${statements.join("; ")};
     select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings where name = any ('${NEWER_TIMEOUTS}')`,
  );
}

/** A setting that needs a privilege; without it the session goes on. Any other error is thrown. */
async function trySetting(client: pg.Client, name: string, value: string): Promise<void> {
  try {
    await client.query(`set ${name} = ${literal(value)}`);
  } catch (error) {
    if (sqlStateOf(error) !== "42501") throw error;
  }
}
