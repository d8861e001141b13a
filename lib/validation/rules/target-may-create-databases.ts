import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const targetMayCreateDatabases = defineRule({
  id: "target-may-create-databases",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Failed",
  code: "CREATEDB_MISSING",
  alwaysChecked: false,
  title: "target login may create databases",
  why: "Every migrated database is created on the target first.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general: "Grant the target login the right: alter role ... createdb.",
    azure: "Use the server administrator, who has it, or grant it: alter role ... createdb.",
  },
  async check({ target }) {
    const { rows } = await target.client.query<{ allowed: boolean }>(
      "select rolsuper or rolcreatedb as allowed from pg_roles where rolname = current_user",
    );
    const { user } = target.settings;
    const sql = `alter role ${ident(user)} createdb;`;
    return {
      checked: `The target login "${user}" may create databases.`,
      problems: rows[0]?.allowed
        ? []
        : [
            {
              message: `The target login "${user}" may not create databases.`,
              remedy: `Run on the target as an administrator: ${sql}`,
              fix: [{ side: "target", sql }],
            },
          ],
    };
  },
});
