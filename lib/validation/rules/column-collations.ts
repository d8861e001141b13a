import { defineRule } from "../rule";

export const columnCollations = defineRule({
  id: "column-collations",
  type: "CollationsValidation",
  level: "database",
  severity: "Failed",
  code: "COLLATION_MISSING",
  title: "collations of columns exist on the target",
  why: "A table whose column has a collation the target does not know cannot be created.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Create the collation on the target, or change the column's collation on the source.",
  },
  async check({ source, target }) {
    const { rows } = await source.client.query<{ name: string; columns: string[] }>(`
      select co.collname::text as name,
             array_agg(format('%I.%I.%I', n.nspname, c.relname, a.attname) order by n.nspname, c.relname, a.attnum) as columns
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        join pg_collation co on co.oid = a.attcollation
       where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm', 'f')
         and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and co.collnamespace = 'pg_catalog'::regnamespace and co.collname <> 'default'
       group by co.collname order by 1`);
    const { rows: there } = await target.client.query<{ name: string }>(
      "select collname::text as name from pg_collation where collname = any($1) and collencoding in (-1, pg_char_to_encoding('UTF8'))",
      [rows.map(({ name }) => name)],
    );
    const known = new Set(there.map(({ name }) => name));
    return {
      checked: "The target has every collation that columns use.",
      problems: rows
        .filter(({ name }) => !known.has(name))
        .map(({ name, columns }) => ({
          message: `The target has no collation "${name}", used by ${columns.length} ${columns.length === 1 ? "column" : "columns"}.`,
          objects: columns,
        })),
    };
  },
});
