import { defineRule } from "../rule";

export const caseTwins = defineRule({
  id: "case-twins",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "NAMES_DIFFER_BY_CASE",
  title: "no two relations differ only by case",
  why: "They move as they are, but tools that fold names take one for the other, for instance when the result is checked by hand.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Rename one of each pair when nothing depends on its name, or quote names in every tool that is used.",
  },
  async check({ source }) {
    const { rows } = await source.client.query<{ names: string[] }>(`
      select array_agg(format('%I.%I', n.nspname, c.relname) order by n.nspname, c.relname) as names
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
       group by lower(n.nspname), lower(c.relname) having count(*) > 1 order by 1`);
    return {
      checked: "No two relations differ only by case.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "name is" : "names are"} used more than once, differing only by case.`,
                objects: rows.map(({ names }) => names.join(" and ")),
              },
            ],
    };
  },
});
