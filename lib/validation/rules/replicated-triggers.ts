import { defineRule } from "../rule";

interface Row {
  label: string;
  mode: "A" | "R";
  fix: string;
}

export const replicatedTriggers = defineRule({
  id: "replicated-triggers",
  type: "SchemaValidation",
  level: "database",
  mode: "Online",
  severity: "Warning",
  code: "TRIGGERS_REPLICATED",
  title: "no trigger that fires for replicated changes",
  why: "A trigger enabled always, or for replicas, fires on the target when a change arrives that the same trigger has already seen on the source: what it does is done twice.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Enable these triggers for ordinary sessions only until the cutover (alter table ... enable trigger, alter event trigger ... enable); disable those that are for replicas only.",
  },
  async check({ source, filter }) {
    const triggers = await source.client.query<Row & { schema: string; table: string }>(`
      select format('%I on %I.%I', t.tgname, n.nspname, c.relname) as label, t.tgenabled as mode,
             format('alter table %I.%I enable trigger %I;', n.nspname, c.relname, t.tgname) as fix,
             n.nspname::text as schema, c.relname::text as "table"
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
       where not t.tgisinternal and t.tgenabled in ('A', 'R') and n.nspname !~ '^pg_' order by 1`);
    const eventTriggers = await source.client.query<Row>(`
      select format('event trigger %I', evtname) as label, evtenabled as mode,
             format('alter event trigger %I enable;', evtname) as fix
        from pg_event_trigger where evtenabled in ('A', 'R') order by 1`);
    const moving = triggers.rows.filter(
      ({ schema, table }) => filter?.moves({ schema, name: table }) ?? true,
    );
    const rows: Row[] = [...moving, ...eventTriggers.rows];
    const fixes = rows.filter(({ mode }) => mode === "A");
    return {
      checked: "No trigger fires for replicated changes.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "trigger fires" : "triggers fire"} for replicated changes.`,
                objects: rows.map(({ label, mode }) => `${label} (${mode === "A" ? "always" : "replica"})`),
                ...(fixes.length > 0
                  ? { fix: fixes.map(({ fix }) => ({ side: "source" as const, sql: fix })) }
                  : {}),
              },
            ],
    };
  },
});
