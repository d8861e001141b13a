import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const replicationRight = defineRule({
  id: "replication-right",
  type: "ServerParametersValidation",
  level: "server",
  mode: "Online",
  severity: "Failed",
  code: "REPLICATION_RIGHT_MISSING",
  alwaysChecked: true,
  title: "the source login may replicate",
  why: "Only a login with REPLICATION may create a slot and read the changes from it.",
  side: "source",
  mendedBy: "statements",
  fix: {
    general: "Run as an administrator of the source: alter role ... replication.",
    rds: "Run as the master user: grant rds_replication to ...",
    aurora: "Run as the master user: grant rds_replication to ...",
    "cloud-sql": "Run as the user postgres: alter user ... with replication.",
  },
  async check({ source, providers }) {
    const { rows } = await source.client.query<{ allowed: boolean }>(`
      select rolsuper or rolreplication
             or coalesce(pg_has_role(current_user, to_regrole('rds_replication')::oid, 'member'), false) as allowed
        from pg_roles where rolname = current_user`);
    const { user } = source.settings;
    const isAmazon = providers.source === "rds" || providers.source === "aurora";
    const sql = isAmazon
      ? `grant rds_replication to ${ident(user)};`
      : `alter role ${ident(user)} replication;`;
    return {
      checked: `The source login "${user}" may replicate.`,
      problems: rows[0]?.allowed
        ? []
        : [
            {
              message: `The source login "${user}" may not replicate.`,
              remedy: `Run on the source as an administrator: ${sql}`,
              fix: [{ side: "source", sql }],
            },
          ],
    };
  },
});
