import { defineRule } from "../rule";

export const invalidIndexes = defineRule({
  id: "invalid-indexes",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "INDEX_INVALID",
  title: "no invalid index",
  why: "An index that a failed CREATE INDEX CONCURRENTLY left behind is dumped as a valid one; a unique one may then fail on rows it never covered.",
  side: "source",
  mendedBy: "statements",
  fix: { general: "Drop the index or build it anew: drop index ...; reindex index concurrently ..." },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       where not i.indisvalid and c.relkind = 'i' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
       order by 1`);
    return {
      checked: "Every index is valid.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "index is" : "indexes are"} invalid.`,
                objects: rows.map(({ name }) => name),
                fix: rows.map(({ name }) => ({ side: "source" as const, sql: `drop index ${name};` })),
              },
            ],
    };
  },
});
