import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const targetMayCreateRoles = defineRule({
  id: "target-may-create-roles",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "CREATEROLE_MISSING",
  alwaysChecked: false,
  title: "target login may create roles",
  why: "Owners and grants move only for roles that the target has; a login that may not create roles cannot make up for missing ones.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general:
      "Grant the target login the right, alter role ... createrole, or have the roles created by another.",
    azure: "Use the server administrator, who has it, or grant it: alter role ... createrole.",
  },
  async check({ target }) {
    const { rows } = await target.client.query<{ allowed: boolean }>(
      "select rolsuper or rolcreaterole as allowed from pg_roles where rolname = current_user",
    );
    const { user } = target.settings;
    return {
      checked: `The target login "${user}" may create roles.`,
      problems: rows[0]?.allowed
        ? []
        : [
            {
              message: `The target login "${user}" may not create roles.`,
              fix: [{ side: "target", sql: `alter role ${ident(user)} createrole;` }],
            },
          ],
    };
  },
});
