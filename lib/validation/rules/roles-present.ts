import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

/** Roles that managed services make for themselves, which no other server has. */
const SERVICE: ReadonlySet<string> = new Set(
  [
    "rdsadmin rdsrepladmin rdstopmgr rds_superuser rds_replication rds_password rds_iam rds_ad",
    "cloudsqladmin cloudsqlagent cloudsqliamserviceaccount cloudsqliamuser cloudsqlimportexport cloudsqlreplica",
    "cloudsqlsuperuser cloudsqlinactiveuser",
    "alloydbadmin alloydbagent alloydbiamuser alloydbimportexport alloydbreplica alloydbsuperuser",
    "azure_superuser azuresu azure_pg_admin",
  ].flatMap((names) => names.split(" ")),
);

export const rolesPresent = defineRule({
  id: "roles-present",
  type: "ServerParametersValidation",
  level: "server",
  severity: "Warning",
  code: "ROLE_MISSING",
  alwaysChecked: false,
  title: "roles that own or may something exist on the target",
  why: "Owners and grants move only for roles the target has; what belongs to another role is given to the target login and listed in the report.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general:
      "Create the roles on the target before the migration, without superuser where the target does not offer it.",
    azure:
      "Create the roles on the target before the migration; superusers cannot be created there, grant azure_pg_admin instead.",
  },
  async check({ source, target }) {
    const sql =
      "select rolname::text as name, rolcanlogin as login from pg_roles where rolname !~ '^pg_' order by 1";
    const [here, there] = await Promise.all([
      source.client.query<{ name: string; login: boolean }>(sql),
      target.client.query<{ name: string; login: boolean }>(sql),
    ]);
    const known = new Set(there.rows.map(({ name }) => name));
    const missing = here.rows.filter(({ name }) => !known.has(name) && !SERVICE.has(name));
    return {
      checked: "Every role of the source exists on the target.",
      problems:
        missing.length === 0
          ? []
          : [
              {
                message: `${missing.length} ${missing.length === 1 ? "role" : "roles"} of the source ${missing.length === 1 ? "does" : "do"} not exist on the target.`,
                objects: missing.map(({ name }) => name),
                // Without a password: nobody logs in before one is set.
                fix: missing.map(({ name, login }) => ({
                  side: "target" as const,
                  sql: `create role ${ident(name)}${login ? " login" : ""};`,
                })),
              },
            ],
    };
  },
});
