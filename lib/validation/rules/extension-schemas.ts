import type pg from "pg";
import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const extensionSchemas = defineRule({
  id: "extension-schemas",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "EXTENSION_IN_SYSTEM_SCHEMA",
  title: "no extension lives in a system schema",
  why: "A target login that is not a superuser may not create anything in pg_catalog, hence not the extension. Those that their own control file puts there, languages among them, are created there by whoever may create them.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Move the extension to a schema of its own: alter extension ... set schema public; or drop and create it anew there.",
  },
  async check({ source, target }) {
    const found = await source.client.query<{ name: string; schema: string; movable: boolean }>(`
      select e.extname::text as name, n.nspname::text as schema, e.extrelocatable as movable
        from pg_extension e join pg_namespace n on n.oid = e.extnamespace
       where n.nspname in ('pg_catalog', 'information_schema') and e.extname <> 'plpgsql'
       order by 1`);
    const fixed = await listFixed(target.client);
    const rows = found.rows.filter(({ name, schema }) => !fixed.has(`${name} ${schema}`));
    const isRefused = !target.facts.isSuperuser;
    return {
      checked: "No extension lives in a system schema that could live elsewhere.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length === 1 ? "An extension lives" : `${rows.length} extensions live`} in a system schema.`,
                objects: rows.map(({ name, schema }) => `${name} (${schema})`),
                fix: rows
                  .filter(({ movable }) => movable)
                  .map(({ name }) => ({
                    side: "source" as const,
                    sql: `alter extension ${ident(name)} set schema public;`,
                  })),
                ...(isRefused ? { severity: "Failed" as const } : {}),
              },
            ],
    };
  },
});

/** "name schema" of what the target can create in that schema only (extend-extensions.html#EXTEND-EXTENSIONS-FILES). */
async function listFixed(target: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await target.query<{ fixed: string }>(
    "select distinct name || ' ' || schema as fixed from pg_available_extension_versions where schema is not null",
  );
  return new Set(rows.map(({ fixed }) => fixed));
}
