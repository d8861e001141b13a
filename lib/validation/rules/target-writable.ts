import { defineRule } from "../rule";

export const targetWritable = defineRule({
  id: "target-writable",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Failed",
  code: "TARGET_READ_ONLY",
  alwaysChecked: true,
  title: "target takes writes",
  why: "Nothing can be created on a read-only server.",
  side: "target",
  mendedBy: "configuration",
  fix: {
    general: "Connect to the primary, and set default_transaction_read_only to off for the target login.",
    azure:
      "Connect to the primary rather than to a read replica; in Server parameters set default_transaction_read_only to OFF. A server whose storage is full is read-only too: increase its storage.",
  },
  async check({ target }) {
    const { rows } = await target.client.query<{ standby: boolean; read_only: boolean }>(`
      select pg_is_in_recovery() as standby,
             -- What a new session gets: this one only reads.
             (select reset_val::boolean from pg_settings where name = 'default_transaction_read_only') as read_only`);
    const problems = [];
    if (rows[0]?.standby !== false)
      problems.push({ message: "The target is a standby; it takes no writes." });
    else if (rows[0].read_only)
      problems.push({ message: "default_transaction_read_only is on for the target login." });
    return { checked: "The target is a primary and takes writes.", problems };
  },
});
