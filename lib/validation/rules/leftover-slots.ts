import { literal } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const leftoverSlots = defineRule({
  id: "leftover-slots",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "SLOTS_LEFT_OVER",
  alwaysChecked: false,
  title: "no logical slot that nobody reads on the source",
  why: "A slot nobody reads keeps WAL and dead rows on the source until its disk is full.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general: "Drop the slots that belong to nothing any more: select pg_drop_replication_slot('name').",
  },
  async check({ source }) {
    const { rows } = await source.client.query<{ name: string; database: string | null }>(`
      select slot_name::text as name, database::text from pg_replication_slots
       where slot_type = 'logical' and not active order by 1`);
    return {
      checked: "Every logical slot of the source is being read.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} logical ${rows.length === 1 ? "slot is" : "slots are"} not being read on the source.`,
                objects: rows.map(({ name, database }) =>
                  database === null ? name : `${name} (${database})`,
                ),
                fix: rows.map(({ name }) => ({
                  side: "source" as const,
                  sql: `select pg_drop_replication_slot(${literal(name)});`,
                })),
              },
            ],
    };
  },
});
