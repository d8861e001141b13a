import { defineRule } from "../rule";

export const replicationSlots = defineRule({
  id: "replication-slots",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Failed",
  code: "REPLICATION_SLOTS_MISSING",
  alwaysChecked: false,
  title: "enough free replication slots on the source",
  why: "Each database of an online migration holds one replication slot on the source until its cutover.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Raise max_replication_slots and restart, or drop slots nobody uses: select pg_drop_replication_slot('name').",
    rds: "Raise max_replication_slots in the parameter group and reboot, or drop slots nobody uses.",
    aurora:
      "Raise max_replication_slots in the cluster parameter group and reboot, or drop slots nobody uses.",
    "cloud-sql": "Raise the flag max_replication_slots; the instance restarts.",
    azure: "Raise the server parameter max_replication_slots and restart the server.",
  },
  async check({ source, databases, providers }) {
    const { rows } = await source.client.query<{ total: number; used: number; idle: string[] }>(`
      select current_setting('max_replication_slots')::float8 as total, count(*)::int as used,
             coalesce(array_agg(slot_name::text order by slot_name) filter (where not active and slot_type = 'logical'), '{}') as idle
        from pg_replication_slots`);
    const { total = 0, used = 0, idle = [] } = rows[0] ?? {};
    const needed = databases.length;
    const free = total - used;
    const sql = `alter system set max_replication_slots = ${used + needed};`;
    return {
      checked: `${free} of ${total} replication slots are free on the source, ${needed} needed.`,
      problems:
        free >= needed
          ? []
          : [
              {
                message: `Only ${free} of ${total} replication slots are free on the source; ${needed} are needed.`,
                objects: idle,
                ...(providers.source === "self-hosted" ? { fix: [{ side: "source", sql }] } : {}),
              },
            ],
    };
  },
});
