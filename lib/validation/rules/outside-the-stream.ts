import { readShuffledPartitions } from "@/lib/engine/schema/shuffled-partitions";
import { displayName } from "@/lib/postgres/sql";
import { defineRule, type RuleProblem } from "../rule";

export const outsideTheStream = defineRule({
  id: "outside-the-stream",
  type: "SchemaValidation",
  level: "database",
  mode: "Online",
  severity: "Warning",
  code: "NOT_IN_CHANGE_STREAM",
  title: "no data whose changes are not streamed",
  why: "Changes of unlogged tables and large objects are in no change stream. Those of partitions by hash of an enum, or of a text whose collation is not deterministic, name the partition they were in, and the target has the rows in others. The cutover copies these tables again, and the objects that differ, which takes time while writes are stopped.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Nothing is lost. For a short cutover do not change large objects during the migration, and make large unlogged tables logged before: alter table ... set logged.",
  },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string; kind: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name, 'unlogged table' as kind
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence = 'u'
      union all
      select count(*)::text, 'large objects' from pg_largeobject_metadata having count(*) > 0
      order by 2, 1`);
    const shuffled = await readShuffledPartitions(source.client, source.facts.versionNumber);
    const roots = new Set([...shuffled.values()].map(({ schema, name }) => displayName(schema, name)));
    const problems: RuleProblem[] = [];
    if (rows.length > 0)
      problems.push({
        message: "Changes of unlogged tables and large objects are not streamed.",
        objects: rows.map(({ name, kind }) =>
          kind === "large objects" ? `${name} large objects` : `${name} (${kind})`,
        ),
        fix: rows
          .filter(({ kind }) => kind === "unlogged table")
          .map(({ name }) => ({ side: "source", sql: `alter table ${name} set logged;` })),
      });
    if (roots.size > 0)
      problems.push({
        message: `${roots.size} partitioned ${roots.size === 1 ? "table has" : "tables have"} the rows in other partitions on the target, and ${roots.size === 1 ? "is" : "are"} copied again at the cutover.`,
        objects: [...roots],
      });
    return {
      checked:
        "There are no unlogged tables, no large objects and no partitions by what other servers hash otherwise.",
      problems,
    };
  },
});
