import { defineRule } from "../rule";

/** A flexible server has at most this many read replicas. */
const MOST = 5;

export const readReplicas = defineRule({
  id: "read-replicas",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "READ_REPLICAS_MANY",
  alwaysChecked: false,
  title: "no more read replicas than a flexible server may have",
  why: "Standbys of the source do not move; they are made anew from the target, which has at most five on Azure.",
  side: "source",
  mendedBy: "decision",
  fix: {
    general: "Plan for at most five read replicas of the target, or let replicas have replicas of their own.",
  },
  needs: "grant pg_monitor to the source login.",
  async check({ source, providers }) {
    if (providers.target !== "azure")
      return { checked: "The target is not an Azure server, which would limit read replicas.", problems: [] };
    const { rows } = await source.client.query<{ name: string }>(`
      select coalesce(nullif(application_name, ''), pid::text) as name
        from pg_stat_replication
       where pid not in (select active_pid from pg_replication_slots where slot_type = 'logical' and active_pid is not null)
       order by 1`);
    return {
      checked: `${rows.length} standbys follow the source; a flexible server may have ${MOST} read replicas.`,
      problems:
        rows.length <= MOST
          ? []
          : [
              {
                message: `${rows.length} standbys follow the source; a flexible server may have ${MOST} read replicas.`,
                objects: rows.map(({ name }) => name),
              },
            ],
    };
  },
});
