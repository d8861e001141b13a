import type pg from "pg";

/** A column that COPY carries, in order. */
export interface CopyColumn {
  name: string;
  /** True when its values mean the same in binary on both servers whatever their OIDs are. */
  binarySafe: boolean;
  /** Extension the column's type belongs to; binary then needs the same version of it on both sides. */
  extension: string | null;
}

/** A relation with rows of its own: plain table, leaf partition, inheritance child, unlogged table. */
export interface SourceTable {
  schema: string;
  name: string;
  /** Size of the heap with TOAST, without indexes. */
  bytesEstimated: number;
  rowsEstimated: number;
  /** Blocks of the heap, for splitting by ctid. */
  pages: number;
  columns: CopyColumn[];
  readable: boolean;
  /** Row security would filter what this login reads. */
  rowSecurity: boolean;
  /** `where` clause of an extension's configuration table, "" for all its rows; null for ordinary tables. */
  configurationFilter: string | null;
}

interface Row extends Omit<SourceTable, "bytesEstimated" | "rowsEstimated" | "pages"> {
  bytes: string;
  rows: string;
  pages: string;
}

/**
 * Tables whose rows have to be copied, biggest first. Partitioned parents, views and foreign tables hold none; members
 * of extensions are made by CREATE EXTENSION, except their configuration tables (extend-extensions.html).
 *
 * A type is safe in binary when nothing in its wire form depends on this server: the reg* types send OIDs, arrays and
 * composites of user-defined types carry their element's OID, aclitem has no binary form. Domains and ranges send
 * their base values only, enums send their labels.
 */
export async function listTables(client: pg.Client): Promise<SourceTable[]> {
  const { rows } = await client.query<Row>(LIST_TABLES);
  return rows.map(({ bytes, rows: count, pages, ...table }) => ({
    ...table,
    bytesEstimated: Number(bytes),
    rowsEstimated: Math.max(0, Math.round(Number(count))),
    pages: Number(pages),
  }));
}

/** The built-in types whose binary form is an OID, or that have none: reg*, aclitem, pg_node_tree and the like. */
const UNSAFE_TYPES = `'{regproc,regprocedure,regoper,regoperator,regclass,regtype,regconfig,regdictionary,regnamespace,regrole,regcollation,aclitem,pg_node_tree,pg_ndistinct,pg_dependencies,pg_mcv_list,refcursor,anyarray}'::name[]`;

const LIST_TABLES = `
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
), type_facts as (
  select e.oid,
         x.extname as extension,
         case when e.typsend = 0 or i.typsend = 0 or i.typname = any (${UNSAFE_TYPES}) then false
              when e.typtype = 'e' then true
              when i.oid < 16384 and i.typtype in ('b', 'r', 'm') then true
              when e.typtype = 'b' and not e.is_array and x.extname is not null then true
              else false end as binary_safe
    from element e
    join base ib on ib.oid = e.inner_oid
    join pg_catalog.pg_type i on i.oid = ib.base
    left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = e.base_oid
                        and d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    left join pg_catalog.pg_extension x on x.oid = d.refobjid
), configuration as (
  select u.relation, coalesce(u.condition, '') as condition
    from pg_catalog.pg_extension e, unnest(e.extconfig, e.extcondition) as u(relation, condition)
)
select n.nspname as schema, c.relname as name,
       pg_catalog.pg_table_size(c.oid)::text as bytes,
       c.reltuples::text as rows,
       (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int)::text as pages,
       pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
       case when pg_catalog.has_schema_privilege(n.oid, 'usage') then pg_catalog.row_security_active(c.oid) else false end as "rowSecurity",
       f.condition as "configurationFilter",
       coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'binarySafe', coalesce(t.binary_safe, false),
                                                   'extension', t.extension) order by a.attnum)
                   from pg_catalog.pg_attribute a left join type_facts t on t.oid = a.atttypid
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = ''), '[]') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join configuration f on f.relation = c.oid
 where c.relkind = 'r' and c.relpersistence in ('p', 'u')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and (f.relation is not null or not exists (
         select 1 from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'))
 order by pg_catalog.pg_table_size(c.oid) desc, 1, 2`;
