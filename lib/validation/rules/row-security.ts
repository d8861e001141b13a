import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const rowSecurity = defineRule({
  id: "row-security",
  type: "SchemaValidation",
  level: "database",
  severity: "Failed",
  code: "ROW_SECURITY_BLOCKS",
  title: "row security hides no row from the source login",
  why: "With row security active for the login, a copy would silently leave out the rows its policies hide; Howdah refuses to copy such a table.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Give the source login bypassrls, or migrate as the owner of the tables (without force row level security).",
  },
  async check({ source, filter }) {
    // Copied are plain tables and partitions, each by itself; of extensions those that keep their user's rows, when there are some.
    const answer = await source.client.query<{ name: string; schema: string; table: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name, n.nspname::text as schema, c.relname::text as "table"
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and row_security_active(c.oid)
         and (not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
              or exists (select from pg_extension e where c.oid = any (e.extconfig)) and pg_relation_size(c.oid) > 0)
       order by 1`);
    const rows = answer.rows.filter(
      ({ schema, table }) => filter?.movesRows({ schema, name: table }) ?? true,
    );
    const { user } = source.settings;
    return {
      checked: `Row security hides nothing from the source login "${user}".`,
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `Row security is active for the source login "${user}" on ${rows.length} ${rows.length === 1 ? "table" : "tables"}.`,
                objects: rows.map(({ name }) => name),
                fix: [{ side: "source", sql: `alter role ${ident(user)} bypassrls;` }],
              },
            ],
    };
  },
});
