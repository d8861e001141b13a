import type pg from "pg";

/** What has to be known of a column's type before its values may travel in binary. */
export interface TypeFacts {
  /** True when its values mean the same in binary on both servers whatever their OIDs are. */
  binarySafe: boolean;
  /** Extension the type belongs to. */
  extension: string | null;
}

interface Row extends TypeFacts {
  oid: string;
}

/**
 * Facts of the types of columns, by the type's OID.
 *
 * A type is safe in binary when nothing in its wire form depends on this server: the reg* types send OIDs, arrays and
 * composites of user-defined types carry their element's OID, aclitem has no binary form. Domains and ranges send
 * their base values only, enums send their labels.
 */
export async function readTypeFacts(
  client: pg.Client,
  oids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, TypeFacts>> {
  const { rows } = await client.query<Row>(TYPE_FACTS, [[...oids]]);
  return new Map(rows.map(({ oid, binarySafe, extension }) => [oid, { binarySafe, extension }]));
}

/**
 * The built-in types whose binary form is an OID or names an encoding, or that have none: reg*, xml, aclitem and the like; and tsquery,
 * of which every server refuses to read an empty one back in binary ("operand not found").
 */
const UNSAFE_TYPES = `'{regproc,regprocedure,regoper,regoperator,regclass,regtype,regconfig,regdictionary,regnamespace,regrole,regcollation,aclitem,tsquery,pg_node_tree,pg_ndistinct,pg_dependencies,pg_mcv_list,xml,anyarray}'::name[]`;

/** Below it OIDs are the same on all servers of a major and are not reused by later ones; initdb hands out those above. */
const FIRST_UNSTABLE_OID = 10_000;

const TYPE_FACTS = `
with recursive base (oid, base) as (
  select oid, oid from pg_catalog.pg_type where typtype <> 'd'
  union all
  select t.oid, b.base from pg_catalog.pg_type t join base b on b.oid = t.typbasetype where t.typtype = 'd'
), element as (
  -- What a column's value is made of: the element of an array, the subtype of a range, else the type itself.
  select b.oid, t.oid as base_oid, t.typtype, t.typcategory, t.typsend,
         coalesce(nullif(case when t.typcategory = 'A' then t.typelem else 0 end, 0), r.rngsubtype, t.oid) as inner_oid,
         t.typcategory = 'A' and t.typelem <> 0 as is_array
    from base b
    join pg_catalog.pg_type t on t.oid = b.base
    left join pg_catalog.pg_range r on r.rngtypid = t.oid
   where b.oid = any ($1::text[]::oid[])
)
  select e.oid::text as oid,
         x.extname as extension,
         case when e.typsend = 0 or i.typsend = 0 or i.typname = any (${UNSAFE_TYPES}) then false
              when e.typtype = 'e' then true
              when i.oid < ${FIRST_UNSTABLE_OID} and i.typtype in ('b', 'r', 'm') then true
              when e.typtype = 'b' and not e.is_array and x.extname is not null then true
              else false end as "binarySafe"
    from element e
    join base ib on ib.oid = e.inner_oid
    -- An array of a domain names the domain in its header, so there it is the element itself that must be built in.
    join pg_catalog.pg_type i on i.oid = case when e.is_array then e.inner_oid else ib.base end
    left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = e.base_oid
                        and d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    left join pg_catalog.pg_extension x on x.oid = d.refobjid`;
