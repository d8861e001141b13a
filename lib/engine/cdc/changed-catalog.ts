import type pg from "pg";

/** The next transaction id the server will give out, without its epoch; as text. Throws what the server reports. */
export async function nextTransactionId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    "select (pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) % 4294967296)::text as id",
  );
  return rows[0]?.id ?? "0";
}

/** What decides how a row's change is read: tables and their files, columns, types and their labels. Temporary tables are no one else's. */
const CHANGED = `
with since as (select pg_catalog.age($1::text::xid) as age),
changed (xid) as (
  select c.xmin from pg_catalog.pg_class c where c.relkind in ('r', 'p', 't', 'm', 'c') and c.relpersistence <> 't'
  union all
  select a.xmin from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
   where c.relkind in ('r', 'p', 'm', 'c') and c.relpersistence <> 't'
  union all
  select t.xmin from pg_catalog.pg_type t where t.typrelid = 0 and t.typelem = 0
  union all
  select xmin from pg_catalog.pg_enum
)
select from changed, since where pg_catalog.age(changed.xid) between 0 and since.age limit 1`;

/**
 * True when the session's snapshot shows a table or type that was made or altered by a transaction `since` or a later one.
 *
 * A slot that is being made overlooks such transactions while older ones are still under way. What was written after them by
 * one that ends after the slot is there is then read with the schema of before: a new column is silently left out, and rows
 * of an emptied table cannot be read at all ("could not map filenode"). Every server up to 18 does so (pgsql-hackers,
 * "Historic snapshot doesn't track txns committed in BUILDING_SNAPSHOT state"). Throws what the server reports.
 */
export async function isCatalogChanged(client: pg.Client, since: string): Promise<boolean> {
  return (await client.query(CHANGED, [since])).rowCount !== 0;
}
