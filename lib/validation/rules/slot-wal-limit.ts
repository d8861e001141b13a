import { defineRule, type RuleProblem } from "../rule";

export const slotWalLimit = defineRule({
  id: "slot-wal-limit",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Warning",
  code: "SLOT_WAL_LIMITED",
  alwaysChecked: false,
  title: "the source keeps WAL as long as a slot needs it",
  why: "With max_slot_wal_keep_size set, a slot that falls behind further than this is invalidated, and the migration of its database has to begin anew.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general:
      "Set max_slot_wal_keep_size to -1, or well above what the source writes while the base copy runs; watch the disk meanwhile.",
  },
  async check({ source, providers }) {
    const { rows } = await source.client.query<{ limit: string | null }>(
      "select current_setting('max_slot_wal_keep_size', true) as limit",
    );
    const limit = rows[0]?.limit ?? "-1";
    const statements = ["alter system set max_slot_wal_keep_size = -1;", "select pg_reload_conf();"];
    const isOwn = providers.source === "self-hosted";
    const problem: RuleProblem = {
      message: `max_slot_wal_keep_size is ${limit} on the source.`,
      ...(isOwn ? { fix: statements.map((sql) => ({ side: "source", sql })) } : {}),
    };
    return {
      checked: "max_slot_wal_keep_size does not limit what slots keep on the source.",
      problems: limit === "-1" ? [] : [problem],
    };
  },
});
