import { readTargetRoles } from "@/lib/engine/schema/target-roles";
import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const ownersInReach = defineRule({
  id: "owners-in-reach",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "OWNER_OUT_OF_REACH",
  title: "the target login may give objects to their owners",
  why: "Only a superuser or a member of a role may make that role the owner of something; otherwise the target login stays the owner.",
  side: "target",
  mendedBy: "statements",
  fix: {
    general: "Grant the target login the roles that own something, by a login that may.",
    azure: "Grant the target login the roles that own something, by the server administrator.",
  },
  async check({ source, target }) {
    const { rows } = await source.client.query<{ role: string }>(`
      select distinct pg_get_userbyid(o.owner)::text as role
        from (select relowner as owner, oid from pg_class union all select nspowner, oid from pg_namespace
              union all select proowner, oid from pg_proc union all select typowner, oid from pg_type) o
       where o.oid >= 16384 order by 1`);
    const roles = await readTargetRoles(target.client);
    const { user } = target.settings;
    // A member of a superuser could become one: nobody is told to grant that.
    const { rows: above } = await target.client.query<{ role: string }>(
      "select rolname::text as role from pg_roles where rolsuper",
    );
    const superusers = new Set(above.map(({ role }) => role));
    // What is missing altogether is another rule's.
    const beyond = roles.superuser
      ? []
      : rows
          .map(({ role }) => role)
          .filter((role) => roles.existing.has(role) && !roles.assignable.has(role));
    return {
      checked: `The target login "${user}" may give objects to every owner there is on the target.`,
      problems:
        beyond.length === 0
          ? []
          : [
              {
                message: `The target login "${user}" may not give objects to ${beyond.length} ${beyond.length === 1 ? "role" : "roles"} that own some on the source.`,
                objects: beyond,
                fix: beyond
                  .filter((role) => !superusers.has(role))
                  .map((role) => ({
                    side: "target" as const,
                    sql: `grant ${ident(role)} to ${ident(user)};`,
                  })),
              },
            ],
    };
  },
});
