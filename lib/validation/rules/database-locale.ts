import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { literal } from "@/lib/postgres/sql";
import { defineRule, type RuleProblem } from "../rule";

interface DatabaseLocale {
  encoding: string;
  collate: string;
  ctype: string;
  /** c (libc), i (ICU) or b (builtin); c before PostgreSQL 15. */
  provider: string;
  locale: string | null;
}

/** Through JSON, because the provider's columns came with 15 and were renamed in 17. */
async function readLocale(client: pg.Client): Promise<DatabaseLocale | null> {
  const { rows } = await client.query<DatabaseLocale>(`
    select pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype,
           coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') as provider,
           coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale
    from pg_database d where datname = current_database()`);
  return rows[0] ?? null;
}

async function knowsEncoding(client: pg.Client, encoding: string): Promise<boolean> {
  const { rows } = await client.query<{ number: number }>("select pg_char_to_encoding($1) as number", [
    encoding,
  ]);
  return (rows[0]?.number ?? -1) >= 0;
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

async function hasIcu(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    "select exists (select 1 from pg_collation where to_jsonb(pg_collation) ->> 'collprovider' = 'i') as known",
  );
  return rows[0]?.known === true;
}

async function providerProblem(
  client: pg.Client,
  target: { versionNumber: number; version: string },
  locale: DatabaseLocale,
): Promise<RuleProblem | null> {
  if (locale.provider === "i") {
    if (target.versionNumber < 150_000)
      return { message: `The database's default collation is ICU's; PostgreSQL ${target.version} has none.` };
    if (!(await hasIcu(client))) return { message: "The target was built without ICU." };
  }
  if (locale.provider === "b" && target.versionNumber < 170_000)
    return {
      message: `The database uses the builtin collation provider; PostgreSQL ${target.version} has none.`,
    };
  return null;
}

export const databaseLocale = defineRule({
  id: "database-locale",
  type: "CollationsValidation",
  level: "database",
  severity: "Failed",
  code: "LOCALE_UNAVAILABLE",
  title: "the database's locale known to the target",
  why: "The target database is created with the encoding and collation of the source; another one could sort differently and break indexes and constraints.",
  side: "target",
  fix: {
    general:
      "Install the locale on the target's system and restart it, or create the target database by hand with one it has and let Howdah keep it.",
  },
  async check({ source, target }) {
    const locale = await readLocale(source.client);
    if (!locale) return { checked: "", problems: [{ message: "The database's locale could not be read." }] };
    const problems: RuleProblem[] = [];
    if (!(await knowsEncoding(target.client, locale.encoding)))
      problems.push({ message: `The target does not know the encoding ${locale.encoding}.` });
    for (const name of new Set([locale.collate, locale.ctype])) {
      const known = (await listsLocale(target.client, name)) || (await canUseLocale(target.client, name));
      if (!known)
        problems.push({ message: `The target does not know the locale "${name}".`, objects: [name] });
    }
    const provider = await providerProblem(target.client, target.facts, locale);
    if (provider) problems.push(provider);
    const own = locale.locale === null ? "" : `, locale ${locale.locale}`;
    return {
      checked: `The target knows encoding ${locale.encoding} and collation ${locale.collate}${own}.`,
      problems,
    };
  },
});
