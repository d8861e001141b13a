import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

/** Publications are known since version 10. */
const FIRST = 100_000;

export const publicationsForAllTables = defineRule({
  id: "publications-for-all-tables",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "PUBLICATION_FOR_ALL",
  title: "no publication for all tables",
  why: "Such a publication makes every table without replica identity refuse updates and deletes, on the source and, once it has moved, on the target, and it publishes what nobody meant to publish.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Drop it when it is left over and nobody subscribes to it; otherwise see to a primary key or a replica identity for every table.",
  },
  async check({ source, target }) {
    const checked = "No publication for all tables moves to the target.";
    // A login that is no superuser cannot create one; it is among the objects that do not move.
    if (source.facts.versionNumber < FIRST || !target.facts.isSuperuser) return { checked, problems: [] };
    const { rows } = await source.client.query<{ name: string; read: boolean }>(`
      select pubname::text as name,
             exists (select from pg_replication_slots s where s.database = current_database() and s.plugin = 'pgoutput') as read
        from pg_publication where puballtables order by 1`);
    return {
      checked,
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: rows[0]?.read
                  ? `${rows.length} ${rows.length === 1 ? "publication is" : "publications are"} for all tables.`
                  : `${rows.length} ${rows.length === 1 ? "publication is" : "publications are"} for all tables, and no slot reads from this database.`,
                objects: rows.map(({ name }) => ident(name)),
                // Who subscribes has a slot; without one nothing is lost.
                ...(rows[0]?.read
                  ? {}
                  : {
                      fix: rows.map(({ name }) => ({
                        side: "source" as const,
                        sql: `drop publication ${ident(name)};`,
                      })),
                    }),
              },
            ],
    };
  },
});
