import { randomBytes } from "node:crypto";
import type pg from "pg";
import { CodedError } from "@/lib/util/coded-error";

/**
 * Throws CodedError SAME_SERVER when both sessions are in the same database: its rows would be copied onto themselves.
 * Host names do not tell (aliases, proxies), so a lock under a random key, taken by the source's session, is looked for
 * in the target's: locks are seen by every login (https://www.postgresql.org/docs/current/view-pg-locks.html).
 */
export async function refuseSameDatabase(source: pg.Client, target: pg.Client): Promise<void> {
  const keys = [randomBytes(4).readInt32BE(), randomBytes(4).readInt32BE()];
  const taken = await source.query<{ taken: boolean }>(
    "select pg_catalog.pg_try_advisory_lock_shared($1, $2) as taken",
    keys,
  );
  if (!taken.rows[0]?.taken) throw new CodedError("INTERNAL", "The source did not grant an advisory lock.");
  try {
    const seen = await target.query(
      `select from pg_catalog.pg_locks
       where locktype = 'advisory' and objsubid = 2
         and classid = ($1::bigint & 4294967295)::text::oid and objid = ($2::bigint & 4294967295)::text::oid
         and database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`,
      keys,
    );
    if (seen.rows.length > 0)
      throw new CodedError("SAME_SERVER", "Source and target are the same database of the same server.");
  } finally {
    await source.query("select pg_catalog.pg_advisory_unlock_shared($1, $2)", keys);
  }
}
