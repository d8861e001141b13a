import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";

/** True when the server can use this locale of the C library. Leaves nothing behind. */
export async function knowsLocale(client: pg.Client, locale: string): Promise<boolean> {
  return (await listsLocale(client, locale)) || (await canUseLocale(client, locale));
}

/** Spellings of one locale differ between systems: en_US.UTF-8, en_US.utf8. */
async function listsLocale(client: pg.Client, locale: string): Promise<boolean> {
  if (["C", "POSIX"].includes(locale)) return true;
  const { rows } = await client.query<{ known: boolean }>(
    `select exists (
       select 1 from (select collcollate as name from pg_collation union all select datcollate from pg_database) as l
       where lower(replace(l.name, '-', '')) = lower(replace($1, '-', ''))) as known`,
    [locale],
  );
  return rows[0]?.known === true;
}

/** Names of locales as every system spells them; anything else is not put into a statement. */
const LOCALE_NAME = /^[\w.@-]+$/;

/**
 * Asks the target's C library by a collation that is rolled back within one statement: a locale installed after initdb is in no
 * catalogue. A locale of another encoding than this session's is refused for that reason only, hence exists.
 */
async function canUseLocale(client: pg.Client, locale: string): Promise<boolean> {
  if (!LOCALE_NAME.test(locale)) return false;
  try {
    await client.query(`
      begin; set transaction read write;
      do $check$
      begin
        create collation pg_temp.howdah_check (locale = ${literal(locale)});
        raise exception using errcode = 'HWDOK';
      exception when sqlstate 'HWDOK' then null;
      end
      $check$; rollback`);
    return true;
  } catch (error) {
    await client.query("rollback");
    return sqlStateOf(error) === "22023" && /does not match/.test(String(error));
  }
}

/** True when the server was built with ICU. */
export async function hasIcu(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    "select exists (select 1 from pg_collation where to_jsonb(pg_collation) ->> 'collprovider' = 'i') as known",
  );
  return rows[0]?.known === true;
}
