import { defineRule } from "../rule";

export const targetReplicas = defineRule({
  id: "target-replicas",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "TARGET_REPLICATED",
  alwaysChecked: false,
  title: "no standby follows the target yet",
  why: "Everything written to the target is sent to its standbys as well; a synchronous one makes each commit wait.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Detach standbys for the time of the migration and attach them again afterwards.",
    azure:
      "Turn off high availability and remove read replicas for the time of the migration; turn them on again afterwards.",
  },
  needs: "grant pg_monitor, or pg_read_all_stats, to the target login.",
  async check({ target }) {
    const { rows } = await target.client.query<{ name: string; state: string | null; sync: string | null }>(
      "select application_name as name, state, sync_state as sync from pg_stat_replication order by 1",
    );
    return {
      checked: "No standby follows the target.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "standby follows" : "standbys follow"} the target.`,
                objects: rows.map(
                  ({ name, state, sync }) => `${name} (${state ?? "state hidden"}, ${sync ?? "?"})`,
                ),
              },
            ],
    };
  },
});
