import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const azureAdministrator = defineRule({
  id: "azure-administrator",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Failed",
  code: "AZURE_ADMIN_MISSING",
  alwaysChecked: false,
  title: "the target login is an administrator of the flexible server",
  why: "On Azure Database for PostgreSQL only members of azure_pg_admin may create extensions and give objects to other roles.",
  side: "target",
  mendedBy: "statements",
  fix: { general: "Run on the target as the server administrator: grant azure_pg_admin to ..." },
  async check({ target, providers }) {
    const { user } = target.settings;
    if (providers.target !== "azure") {
      return { checked: "The target is not an Azure server, where no such role exists.", problems: [] };
    }
    const { rows } = await target.client.query<{ member: boolean }>(`
      select rolsuper or coalesce(pg_has_role(current_user, to_regrole('azure_pg_admin')::oid, 'member'), false) as member
        from pg_roles where rolname = current_user`);
    const sql = `grant azure_pg_admin to ${ident(user)};`;
    return {
      checked: `The target login "${user}" is a member of azure_pg_admin.`,
      problems: rows[0]?.member
        ? []
        : [
            {
              message: `The target login "${user}" is not a member of azure_pg_admin.`,
              remedy: `Run on the target as the server administrator: ${sql}`,
              fix: [{ side: "target", sql }],
            },
          ],
    };
  },
});
