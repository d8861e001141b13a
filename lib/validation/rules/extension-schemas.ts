import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const extensionSchemas = defineRule({
  id: "extension-schemas",
  type: "ExtensionsValidation",
  level: "database",
  severity: "Warning",
  code: "EXTENSION_IN_SYSTEM_SCHEMA",
  title: "no extension lives in a system schema",
  why: "A target login that is not a superuser may not create anything in pg_catalog, hence not the extension.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Move the extension to a schema of its own: alter extension ... set schema public; or drop and create it anew there.",
  },
  async check({ source, target }) {
    const { rows } = await source.client.query<{ name: string; schema: string; movable: boolean }>(`
      select e.extname::text as name, n.nspname::text as schema, e.extrelocatable as movable
        from pg_extension e join pg_namespace n on n.oid = e.extnamespace
       where n.nspname in ('pg_catalog', 'information_schema') and e.extname <> 'plpgsql'
       order by 1`);
    const isRefused = !target.facts.isSuperuser;
    return {
      checked: "No extension lives in a system schema.",
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
