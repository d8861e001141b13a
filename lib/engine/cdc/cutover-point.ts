import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { type Lsn, parseLsn } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import { isStandby } from "./slots";

/** Refused (no right) or unknown (before 9.6). */
const NO_MESSAGE: ReadonlySet<string | null> = new Set(["42501", "25006", "42883", "0A000", "55000"]);

/**
 * A position after everything that the source has committed so far. It is that of a message written for it, so that something
 * comes through the stream even when nobody writes any more; where no message may be written, the end of the WAL. Throws
 * CodedError SOURCE_STANDBY for a standby, behind whose replay its primary may have more, and what the source reports.
 */
export async function readCutoverPoint(source: pg.Client): Promise<Lsn> {
  if (await isStandby(source))
    throw new CodedError(
      "SOURCE_STANDBY",
      "The source is a standby: what its primary committed last may not have come yet.",
      // One that is promoted can tell.
      { transient: true },
    );
  try {
    await source.query("set default_transaction_read_only = off; set synchronous_commit = local");
    return await readPosition(
      source,
      "select pg_catalog.pg_logical_emit_message(true, 'howdah', '')::text as lsn",
    );
  } catch (error) {
    if (!NO_MESSAGE.has(sqlStateOf(error))) throw error;
    return await readPosition(source, await endOfWal(source));
  }
}

async function endOfWal(source: pg.Client): Promise<string> {
  const { rows } = await source.query<{ isOld: boolean }>(
    `select pg_catalog.current_setting('server_version_num')::int < 100000 as "isOld"`,
  );
  // Transactions that did not wait for the disk lie behind what was written, not behind what was inserted.
  if (rows[0]?.isOld) return "select pg_catalog.pg_current_xlog_insert_location()::text as lsn";
  return "select pg_catalog.pg_current_wal_insert_lsn()::text as lsn";
}

async function readPosition(source: pg.Client, sql: string): Promise<Lsn> {
  const { rows } = await source.query<{ lsn: string }>(sql);
  return parseLsn(rows[0]?.lsn ?? "");
}
