import type pg from "pg";

/**
 * Until the end of the transaction no other session of ours makes or drops the schema `howdah` in this database, or a table in
 * it: IF NOT EXISTS alone fails when two make the same at once, and a table that is seen to be empty may not be by the time it is
 * dropped.
 */
export const LOCK_OWN_SCHEMA = "select pg_catalog.pg_advisory_xact_lock(1215260501)";

/**
 * Deletes what a capture keeps in one of our tables, if it is there; the last one's takes table and schema with it. Not within a
 * transaction. Throws what the server reports.
 */
export async function dropOwnRows(client: pg.Client, table: `howdah.${string}`, name: string): Promise<void> {
  await client.query(`begin; ${LOCK_OWN_SCHEMA}`);
  try {
    const { rows } = await client.query<{ has: boolean }>(
      `select pg_catalog.to_regclass('${table}') is not null as has`,
    );
    if (rows[0]?.has) {
      await client.query(`delete from ${table} where name = $1`, [name]);
      await client.query(dropEmpty(table));
    }
    await client.query("commit");
  } catch (error) {
    // The first error tells more.
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function dropEmpty(table: string): string {
  return `
    do $$ begin
      if not exists (select from ${table}) then
        drop table ${table};
        if not exists (select from pg_catalog.pg_class where relnamespace = 'howdah'::pg_catalog.regnamespace) then
          drop schema howdah;
        end if;
      end if;
    end $$`;
}
