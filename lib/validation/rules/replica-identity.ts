import { defineRule } from "../rule";

/** The first with generated columns. */
const GENERATED_VERSION = 120_000;

export const replicaIdentity = defineRule({
  id: "replica-identity",
  type: "SchemaValidation",
  level: "database",
  mode: "Online",
  severity: "Warning",
  code: "REPLICA_IDENTITY_MISSING",
  title: "changed and deleted rows can be identified in every table",
  why: "An UPDATE or DELETE in the change stream carries the row's replica identity; a table without one (a deferrable primary key is none), or whose key has a generated column, tells only of its new rows. Read with test_decoding it is copied again at the cutover once another change has come, read with pgoutput always; the cutover takes longer for it.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Add a primary key that is not deferrable, or: alter table ... replica identity full (more WAL while it is set).",
  },
  async check({ source }) {
    const isWhole =
      source.facts.versionNumber < GENERATED_VERSION
        ? ""
        : `and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attgenerated <> ''
                             and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))`;
    const { rows } = await source.client.query<{ name: string; identity: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name, c.relreplident::text as identity
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
         and case c.relreplident
               when 'f' then false when 'n' then true
               when 'i' then not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisreplident ${isWhole})
               else not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indisvalid and i.indimmediate ${isWhole})
             end
       order by 1`);
    return {
      checked: "Every table has a replica identity.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "table has" : "tables have"} no replica identity, or one with a generated column.`,
                objects: rows.map(({ name, identity }) => (identity === "n" ? `${name} (nothing)` : name)),
                fix: rows.map(({ name }) => ({
                  side: "source" as const,
                  sql: `alter table ${name} replica identity full;`,
                })),
              },
            ],
    };
  },
});
