import type pg from "pg";
import { hasIcu, knowsLocale } from "../locales";
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
  mendedBy: "configuration",
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
      if (!(await knowsLocale(target.client, name)))
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
