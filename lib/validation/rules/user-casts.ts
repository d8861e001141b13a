import { defineRule } from "../rule";

export const userCasts = defineRule({
  id: "user-casts",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "CAST_REFUSED",
  title: "casts can be created by the target login",
  why: "A cast is created by the owner of one of its two types; between types of the system only a superuser may, which managed targets do not offer. What is found without it, such as views and defaults, fails too.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general:
      "Call the function of the cast where it is needed and drop the cast on the source, or migrate with a superuser where the target has one.",
  },
  async check({ source, target }) {
    if (target.facts.isSuperuser)
      return { checked: "The target login is a superuser, who may create any cast.", problems: [] };
    // Casts without a function are among the objects that do not move; a range type's own cast is made with the type.
    const { rows } = await source.client.query<{ name: string }>(`
      select format('(%s as %s)', format_type(c.castsource, null), format_type(c.casttarget, null)) as name
        from pg_cast c
       where c.oid >= 16384 and c.castmethod <> 'b' and c.castsource < 16384 and c.casttarget < 16384
         and not exists (select from pg_depend d
                          where d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype in ('e', 'i'))
       order by 1`);
    return {
      checked: "There are no casts of one's own between types of the system.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "cast" : "casts"} between types of the system cannot be created by the target login.`,
                objects: rows.map(({ name }) => name),
              },
            ],
    };
  },
});
