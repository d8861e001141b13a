import type pg from "pg";
import { hasIcu, knowsLocale } from "../locales";
import { defineRule } from "../rule";

interface Collation {
  name: string;
  /** c (libc), i (ICU), b (builtin). */
  provider: string;
  collate: string | null;
  ctype: string | null;
}

/** Through JSON, because providers came with 10. */
async function listOwn(client: pg.Client): Promise<Collation[]> {
  const { rows } = await client.query<Collation>(`
    select format('%I.%I', n.nspname, c.collname) as name, coalesce(to_jsonb(c) ->> 'collprovider', 'c') as provider,
           c.collcollate::text as collate, c.collctype::text as ctype
      from pg_collation c join pg_namespace n on n.oid = c.collnamespace
     where c.oid >= 16384 and n.nspname !~ '^pg_'
       and not exists (select from pg_depend d where d.classid = 'pg_collation'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by 1`);
  return rows;
}

async function reasonOf(
  { provider, collate, ctype }: Collation,
  target: { client: pg.Client; facts: { versionNumber: number } },
): Promise<string | null> {
  if (provider === "i") return (await hasIcu(target.client)) ? null : "the target was built without ICU";
  if (provider === "b")
    return target.facts.versionNumber >= 170_000 ? null : "the target has no builtin collation provider";
  for (const locale of new Set([collate, ctype])) {
    if (locale !== null && !(await knowsLocale(target.client, locale)))
      return `the target does not know the locale ${locale}`;
  }
  return null;
}

export const userCollations = defineRule({
  id: "user-collations",
  type: "CollationsValidation",
  level: "database",
  severity: "Failed",
  code: "COLLATION_USER_DEFINED",
  title: "collations of one's own can be created on the target",
  why: "A collation made by create collation needs its locale on the target; without it neither it nor the columns and indexes that use it can be created.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general:
      "Install the locale on the target's system and restart it, or change what uses the collation on the source and drop it.",
    azure: "Change what uses the collation on the source to one that the flexible server has, then drop it.",
  },
  async check({ source, target }) {
    const collations = await listOwn(source.client);
    const bad: string[] = [];
    for (const collation of collations) {
      const reason = await reasonOf(collation, target);
      if (reason) bad.push(`${collation.name}: ${reason}`);
    }
    return {
      checked:
        collations.length === 0
          ? "There are no collations of one's own."
          : `The target knows the locales of: ${collations.map(({ name }) => name).join(", ")}.`,
      problems:
        bad.length === 0
          ? []
          : [
              {
                message: `${bad.length} ${bad.length === 1 ? "collation" : "collations"} of one's own cannot be created on the target.`,
                objects: bad,
              },
            ],
    };
  },
});
