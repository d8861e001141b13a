import { defineRule } from "../rule";

export const walSenders = defineRule({
  id: "wal-senders",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Failed",
  code: "WAL_SENDERS_MISSING",
  alwaysChecked: false,
  title: "enough free WAL senders on the source",
  why: "Each database of an online migration reads its changes through a WAL sender of its own.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Raise max_wal_senders to at least max_replication_slots plus the senders in use, and restart the source.",
    rds: "Raise max_wal_senders in the parameter group and reboot the instance.",
    aurora: "Raise max_wal_senders in the cluster parameter group and reboot the writer.",
    "cloud-sql": "Raise the flag max_wal_senders; the instance restarts.",
    azure: "Raise the server parameter max_wal_senders and restart the server.",
  },
  async check({ source, databases, providers }) {
    const { rows } = await source.client.query<{ total: number; used: number }>(
      "select current_setting('max_wal_senders')::float8 as total, (select count(*)::int from pg_stat_replication) as used",
    );
    const { total = 0, used = 0 } = rows[0] ?? {};
    const free = total - used;
    const needed = databases.length;
    const sql = `alter system set max_wal_senders = ${used + needed};`;
    return {
      checked: `${free} of ${total} WAL senders are free on the source, ${needed} needed.`,
      problems:
        free >= needed
          ? []
          : [
              {
                message: `Only ${free} of ${total} WAL senders are free on the source; ${needed} are needed.`,
                ...(providers.source === "self-hosted" ? { fix: [{ side: "source", sql }] } : {}),
              },
            ],
    };
  },
});
