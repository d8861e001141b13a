import type pg from "pg";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { processIdOf } from "@/lib/postgres/driver-internals";
import { endClient } from "@/lib/postgres/end-client";
import { endSession } from "@/lib/postgres/end-session";
import { toCodedError } from "@/lib/postgres/errors";
import { displayName, literal } from "@/lib/postgres/sql";
import { type CheckedTable, checksumQuery, listCheckedTables } from "./list-checked-tables";

export interface TableChecksum {
  schema: string;
  name: string;
  /** Exact, as decimal text. */
  rows: string;
  /** Decimal text; equal on both sides when the rows are equal, whatever their order. */
  checksum: string;
}

export interface ChecksumOptions {
  signal: AbortSignal;
  /** Sessions that read at the same time, besides the one that holds the snapshot; default 2. */
  jobs?: number;
}

/** What the text of a value depends on, fixed, so that equal values have equal text on every server. */
const SESSION = `
set search_path = ''; set client_encoding = 'UTF8'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
set timezone = 'UTC'; set extra_float_digits = 3; set bytea_output = 'hex'; set lc_monetary = 'C'; set row_security = off;
set default_transaction_read_only = on; set statement_timeout = 0; set lock_timeout = '60s';
set idle_in_transaction_session_timeout = 0; set synchronize_seqscans = off`;

/**
 * Counts and sums up the rows of every table and populated materialised view of a database as of one snapshot, in order
 * of schema and name. Reads through all data; writes nothing. Knows nothing of how rows are moved. Throws CodedError for
 * the first table that cannot be read (a comparison that leaves something out proves nothing), and the signal's reason
 * when aborted.
 */
export async function checksumDatabase(
  settings: ConnectionSettings,
  { signal, jobs = 2 }: ChecksumOptions,
): Promise<TableChecksum[]> {
  try {
    return await withSession(settings, signal, async (holder) => {
      await holder.query("begin transaction isolation level repeatable read read only");
      const { rows } = await holder.query<{ id: string }>("select pg_catalog.pg_export_snapshot() as id");
      const tables = await listCheckedTables(holder);
      return await checkAll(tables, { settings, snapshot: rows[0]?.id ?? "", jobs, signal });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw toCodedError(error, "INTERNAL");
  }
}

interface CheckContext {
  settings: ConnectionSettings;
  snapshot: string;
  jobs: number;
  signal: AbortSignal;
}

/** Shares the tables out among the readers; when one fails the others are ended before this throws. */
async function checkAll(tables: readonly CheckedTable[], context: CheckContext): Promise<TableChecksum[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const results: TableChecksum[] = [];
  const queue = tables.entries();
  const readers = Array.from({ length: Math.min(context.jobs, tables.length) }, () =>
    withSession(context.settings, signal, async (client) => {
      await client.query(
        `begin transaction isolation level repeatable read read only; set transaction snapshot ${literal(context.snapshot)}`,
      );
      for (const [index, table] of queue) results[index] = await checkTable(client, table);
    }).catch((error: unknown) => failed.abort(error)),
  );
  await Promise.all(readers);
  signal.throwIfAborted();
  return results;
}

async function checkTable(client: pg.Client, table: CheckedTable): Promise<TableChecksum> {
  const { schema, name } = table;
  try {
    const { rows } = await client.query<{ rows: string; checksum: string }>(checksumQuery(table));
    return { schema, name, rows: rows[0]?.rows ?? "", checksum: rows[0]?.checksum ?? "" };
  } catch (error) {
    throw toCodedError(error, "INTERNAL", displayName(schema, name));
  }
}

/** An abort ends the session on the server too: its query would otherwise read on to the end of the table. */
async function withSession<T>(
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectWithEmptyPath(settings, { applicationName: "howdah checksum", signal });
  let ending: Promise<void> | undefined;
  const end = () => {
    ending = endSession(settings, processIdOf(client));
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    await client.query(SESSION);
    return await work(client);
  } finally {
    signal.removeEventListener("abort", end);
    await ending;
    await endClient(client);
  }
}
