import { defineRule } from "../rule";

export const walLevel = defineRule({
  id: "wal-level",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Failed",
  code: "WAL_LEVEL_NOT_LOGICAL",
  alwaysChecked: true,
  title: "the source writes logical changes to its WAL",
  why: "Changes made during the migration are read from the WAL; without logical information they are not in it.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general: "Set wal_level to logical and restart the source.",
    "self-hosted": "Run: alter system set wal_level = 'logical'; then restart PostgreSQL.",
    rds: "Set rds.logical_replication to 1 in the instance's parameter group and reboot the instance.",
    aurora: "Set rds.logical_replication to 1 in the cluster parameter group and reboot the writer.",
    "cloud-sql": "Set the flag cloudsql.logical_decoding to on; the instance restarts.",
    alloydb: "Set the flag alloydb.logical_decoding to on; the instance restarts.",
    azure:
      "Set the server parameter wal_level to LOGICAL (single server: azure.replication_support) and restart the server.",
  },
  async check({ source, providers }) {
    const { rows } = await source.client.query<{ level: string }>(
      "select current_setting('wal_level') as level",
    );
    const level = rows[0]?.level ?? "unknown";
    const isOwn = providers.source === "self-hosted";
    return {
      checked: "wal_level is logical on the source.",
      problems:
        level === "logical"
          ? []
          : [
              {
                message: `wal_level is ${level} on the source.`,
                ...(isOwn
                  ? { fix: [{ side: "source", sql: "alter system set wal_level = 'logical';" }] }
                  : {}),
              },
            ],
    };
  },
});
