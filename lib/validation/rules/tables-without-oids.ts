import { defineRule } from "../rule";

export const tablesWithoutOids = defineRule({
  id: "tables-without-oids",
  type: "SchemaValidation",
  level: "database",
  severity: "Failed",
  code: "TABLE_WITH_OIDS",
  title: "no table WITH OIDS",
  why: "PostgreSQL 12 removed the hidden column; a newer target creates the table without it, and what refers to it breaks.",
  side: "source",
  mendedBy: "statements",
  fix: { general: "Run on the source: alter table ... set without oids." },
  async check({ source }) {
    const passed = { checked: "No table has a hidden oid column.", problems: [] };
    if (source.facts.versionNumber >= 120_000) return passed;
    const { rows } = await source.client.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and (to_jsonb(c) ->> 'relhasoids')::boolean
         and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
       order by 1`);
    if (rows.length === 0) return passed;
    const problem = {
      message: `${rows.length} ${rows.length === 1 ? "table was" : "tables were"} created WITH OIDS.`,
      objects: rows.map(({ name }) => name),
      fix: rows.map(({ name }) => ({
        side: "source" as const,
        sql: `alter table ${name} set without oids;`,
      })),
    };
    return { ...passed, problems: [problem] };
  },
});
