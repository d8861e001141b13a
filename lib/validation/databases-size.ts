import type pg from "pg";

/** Bytes of these databases; of all that the login may see when `databases` is null. */
export async function readDatabasesSize(
  client: pg.Client,
  databases: readonly string[] | null,
): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `select coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::text as bytes from pg_catalog.pg_database
      where ($1::text[] is null or datname = any($1)) and pg_catalog.has_database_privilege(oid, 'connect')`,
    [databases],
  );
  return Number(rows[0]?.bytes ?? 0);
}
