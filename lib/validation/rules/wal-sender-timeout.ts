import { defineRule } from "../rule";

/** Milliseconds; the default of PostgreSQL is 60 s. */
const ENOUGH_MS = 60_000;

export const walSenderTimeout = defineRule({
  id: "wal-sender-timeout",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "WAL_SENDER_TIMEOUT_SHORT",
  alwaysChecked: false,
  title: "wal_sender_timeout is off or at least a minute",
  why: "A source that gives up after a short silence ends the stream of changes; it is taken up again each time, and falls behind.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Set wal_sender_timeout to 0 or to at least 60 s for the time of the migration; a reload is enough.",
    rds: "Set wal_sender_timeout to 0 in the parameter group for the time of the migration.",
    aurora: "Set wal_sender_timeout to 0 in the cluster parameter group for the time of the migration.",
  },
  async check({ source, providers }) {
    const { rows } = await source.client.query<{ ms: number; shown: string }>(
      "select setting::float8 as ms, current_setting(name) as shown from pg_settings where name = 'wal_sender_timeout'",
    );
    const { ms = 0, shown = "0" } = rows[0] ?? {};
    const isOwn = providers.source === "self-hosted";
    const statements = ["alter system set wal_sender_timeout = 0;", "select pg_reload_conf();"];
    return {
      checked:
        ms === 0
          ? "wal_sender_timeout is off on the source."
          : `wal_sender_timeout is ${shown} on the source.`,
      problems:
        ms === 0 || ms >= ENOUGH_MS
          ? []
          : [
              {
                message: `wal_sender_timeout is only ${shown} on the source.`,
                ...(isOwn ? { fix: statements.map((sql) => ({ side: "source" as const, sql })) } : {}),
              },
            ],
    };
  },
});
