import { ident } from "@/lib/postgres/sql";
import { defineRule } from "../rule";

export const catalogGrants = defineRule({
  id: "catalog-grants",
  type: "SchemaValidation",
  level: "database",
  severity: "Warning",
  code: "CATALOG_GRANTED",
  title: "no grant on system catalogues of one's own",
  why: "Only a superuser may grant rights on system catalogues; on a managed target such grants are left out.",
  side: "source",
  mendedBy: "statements",
  fix: { general: "Revoke these grants on the source, or do without them on the target." },
  async check({ source }) {
    const { rows } = await source.client.query<{ object: string; grantee: string; privilege: string }>(`
      with held as (
        select c.oid, a.grantee, a.privilege_type from pg_class c cross join lateral aclexplode(c.relacl) a
         where c.relnamespace = 'pg_catalog'::regnamespace and a.grantee <> c.relowner
        except
        select p.objoid, a.grantee, a.privilege_type from pg_init_privs p cross join lateral aclexplode(p.initprivs) a
         where p.classoid = 'pg_class'::regclass and p.objsubid = 0)
      select h.oid::regclass::text as object, case when h.grantee = 0 then 'public' else pg_get_userbyid(h.grantee)::text end as grantee,
             h.privilege_type as privilege
        from held h order by 1, 2, 3`);
    return {
      checked: "System catalogues have the grants they came with.",
      problems:
        rows.length === 0
          ? []
          : [
              {
                message: `${rows.length} ${rows.length === 1 ? "grant" : "grants"} on system catalogues ${rows.length === 1 ? "was" : "were"} added.`,
                objects: rows.map(
                  ({ object, grantee, privilege }) => `${privilege} on ${object} to ${grantee}`,
                ),
                fix: rows.map(({ object, grantee, privilege }) => ({
                  side: "source" as const,
                  sql: `revoke ${privilege.toLowerCase()} on pg_catalog.${object} from ${grantee === "public" ? grantee : ident(grantee)};`,
                })),
              },
            ],
    };
  },
});
