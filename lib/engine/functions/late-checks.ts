import type pg from "pg";
import type { TableName } from "../events";

/** A check that can only be made when the rows of other tables are there, because a function of it reads them. */
export interface LateCheck {
  /** Null of a domain's. */
  table: TableName | null;
  domain: TableName | null;
  name: string;
  /** As ADD CONSTRAINT takes it, with the name before it. */
  definition: string;
  comment: string | null;
}

/**
 * Details of the checks with these OIDs, those of parents before those of children that have them too; without those that are not
 * checked on the source (NOT VALID), and those of domains that other types are made of, which cannot be added again
 * (sql-alterdomain.html). Every name in a definition is qualified when the session's search_path is empty. Throws what the server reports.
 */
export async function readLateChecks(source: pg.Client, oids: readonly string[]): Promise<LateCheck[]> {
  if (oids.length === 0) return [];
  const { rows } = await source.query<LateCheck>(
    `select case when r.oid is not null then pg_catalog.json_build_object('schema', n.nspname, 'name', r.relname) end as table,
            case when t.oid is not null then pg_catalog.json_build_object('schema', n.nspname, 'name', t.typname) end as domain,
            k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition,
            pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
       from pg_catalog.pg_constraint k
       left join pg_catalog.pg_class r on r.oid = k.conrelid and r.relkind in ('r', 'p')
       left join pg_catalog.pg_type t on t.oid = k.contypid
       join pg_catalog.pg_namespace n on n.oid = coalesce(r.relnamespace, t.typnamespace)
      where k.oid = any($1::pg_catalog.oid[]) and k.contype = 'c' and k.convalidated
        and (k.conislocal or k.coninhcount = 0)
        and not exists (select from pg_catalog.pg_type u where u.typbasetype = t.oid and u.typtype = 'd')
        and not exists (select from pg_catalog.pg_range g where g.rngsubtype = t.oid)
        and not exists (select from pg_catalog.pg_attribute a join pg_catalog.pg_class o on o.oid = a.attrelid
                         where not a.attisdropped
                           and (a.atttypid = t.typarray and t.typarray <> 0 or a.atttypid = t.oid and o.relkind = 'c'))
      order by k.coninhcount, n.nspname, coalesce(r.relname, t.typname), k.conname`,
    [oids],
  );
  return rows;
}
