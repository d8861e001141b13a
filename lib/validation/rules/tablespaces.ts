import { defineRule } from "../rule";

export const tablespaces = defineRule({
  id: "tablespaces",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "TABLESPACE_LOST",
  title: "nothing lies in a tablespace of its own",
  why: "The target keeps everything in its default tablespace: what lay on a disk of its own no longer does.",
  side: "source",
  mendedBy: "decision",
  fix: { general: "Nothing has to be done; size the target's storage for all of it." },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string; relations: string }>(`
      select t.spcname::text as name, count(c.oid)::text as relations
        from pg_class c join pg_tablespace t on t.oid = c.reltablespace
       where t.spcname not in ('pg_default', 'pg_global') group by 1 order by 1`);
    return {
      checked: "Everything lies in the default tablespace.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "tablespace" : "tablespaces"} will be merged into the target's default one.`,
                objects: rows.map(({ name, relations }) => `${name} (${relations} relations)`),
              },
            ],
    };
  },
});
