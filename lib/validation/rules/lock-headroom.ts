import { defineRule } from "../rule";

export const lockHeadroom = defineRule({
  id: "lock-headroom",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "LOCKS_FEW",
  title: "the source's lock table is large enough for its tables",
  why: "The schema is read and the rows are copied under one lock a table; when the shared lock table is full both fail with out of shared memory.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general: "Raise max_locks_per_transaction on the source and restart it.",
    azure: "Raise the server parameter max_locks_per_transaction on the source and restart it.",
  },
  async check({ source, providers }) {
    const { rows } = await source.client.query<{ tables: string; each: string; slots: string }>(`
      select (select count(*) from pg_class where relkind in ('r', 'p', 'S', 'v', 'm', 'f'))::text as tables,
             current_setting('max_locks_per_transaction')::bigint::text as each,
             (current_setting('max_locks_per_transaction')::bigint
              * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint))::text as slots`);
    const tables = Number(rows[0]?.tables ?? 0);
    const slots = Number(rows[0]?.slots ?? 0);
    const each = Number(rows[0]?.each ?? 0);
    // Half as much again, for what else is locked at the time.
    const enough = Math.ceil(((tables * each) / Math.max(slots, 1)) * 1.5);
    const sql = `alter system set max_locks_per_transaction = ${enough};`;
    return {
      checked: `The source can hold ${slots.toLocaleString("en")} locks; this database has ${tables.toLocaleString("en")} relations.`,
      problems:
        tables <= slots
          ? []
          : [
              {
                message: `This database has ${tables.toLocaleString("en")} relations, the source can hold ${slots.toLocaleString("en")} locks.`,
                ...(providers.source === "self-hosted" ? { fix: [{ side: "source", sql }] } : {}),
              },
            ],
    };
  },
});
