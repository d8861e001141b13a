import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";

export type ListedKind =
  | "table"
  | "partitioned-table"
  | "partition"
  | "view"
  | "materialized-view"
  | "foreign-table";

/** A table or view as a filter may name it. */
export interface ListedRelation {
  name: string;
  kind: ListedKind;
  /** Heap with TOAST; 0 for what has no rows of its own. */
  bytes: number;
  /** Estimated by the source's statistics; null when it has none. */
  rows: number | null;
  indexes: { name: string; bytes: number }[];
  /** The partitioned table of a partition, else null. */
  parent: { schema: string; name: string } | null;
}

export interface ListedSchema {
  name: string;
  relations: ListedRelation[];
}

export interface ListedObjects {
  schemas: ListedSchema[];
  /** True when the database has more relations than are listed. */
  truncated: boolean;
}

interface Row extends ListedRelation {
  schema: string;
}

/** A tree of more would help nobody; patterns do. */
const MOST_RELATIONS = 50_000;

/** Measuring a file waits for whoever has its table locked. */
const LOCK_TIMEOUT = "2s";

/**
 * Schemas, tables and views with their indexes and sizes, by name; members of extensions are left out. The session must be
 * in a transaction. Throws what the server reports.
 */
export async function listObjects(client: pg.Client): Promise<ListedObjects> {
  const { rows: names } = await client.query<{ name: string }>(
    "select nspname as name from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
  );
  const rows = await measured(client, async (size) => (await client.query<Row>(listStatement(size))).rows);
  const schemas = new Map<string, ListedSchema>(names.map(({ name }) => [name, { name, relations: [] }]));
  for (const { schema, ...relation } of rows.slice(0, MOST_RELATIONS))
    schemas.get(schema)?.relations.push({
      ...relation,
      bytes: Number(relation.bytes),
      rows: relation.rows === null ? null : Number(relation.rows),
    });
  return { schemas: [...schemas.values()], truncated: rows.length > MOST_RELATIONS };
}

/** How a size is asked for: exactly, or from the statistics when a lock is in the way. */
export interface SizeExpressions {
  table: string;
  index: string;
}

const EXACT: SizeExpressions = {
  table: "pg_catalog.pg_table_size(c.oid)",
  index: "pg_catalog.pg_relation_size(x.oid)",
};

const ESTIMATED: SizeExpressions = {
  table: "c.relpages::bigint * pg_catalog.current_setting('block_size')::int",
  index: "x.relpages::bigint * pg_catalog.current_setting('block_size')::int",
};

/** Runs a query that measures; once more without measuring when that would wait for a lock. */
export async function measured<T>(
  client: pg.Client,
  query: (size: SizeExpressions) => Promise<T>,
): Promise<T> {
  await client.query("savepoint measured");
  await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  try {
    return await query(EXACT);
  } catch (error) {
    // lock_not_available; undefined_table: dropped while it was measured.
    const state = sqlStateOf(error);
    if (state !== "55P03" && state !== "42P01") throw error;
    await client.query("rollback to measured");
    return await query(ESTIMATED);
  }
}

function listStatement(size: SizeExpressions): string {
  return `
  with index_list as (
    select i.indrelid as relation,
           pg_catalog.json_agg(pg_catalog.json_build_object('name', x.relname, 'bytes', coalesce(${size.index}, 0)) order by x.relname) as list
      from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
      join pg_catalog.pg_class t on t.oid = i.indrelid and t.relkind in ('r', 'p', 'm')
      join pg_catalog.pg_namespace n on n.oid = t.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     group by 1
  )
  select n.nspname as schema, c.relname as name,
         case when c.relkind = 'p' then 'partitioned-table' when c.relkind = 'v' then 'view' when c.relkind = 'm' then 'materialized-view'
              when c.relkind = 'f' then 'foreign-table' when c.relispartition then 'partition' else 'table' end as kind,
         (case when c.relkind in ('r', 'm') then coalesce(${size.table}, 0) else 0 end)::text as bytes,
         case when c.relkind in ('r', 'm') and c.reltuples >= 0 and (c.relpages > 0 or c.reltuples > 0) then c.reltuples::bigint::text end as rows,
         coalesce(l.list, '[]') as indexes,
         case when c.relispartition then
           (select pg_catalog.json_build_object('schema', pn.nspname, 'name', pc.relname)
              from pg_catalog.pg_inherits i join pg_catalog.pg_class pc on pc.oid = i.inhparent
              join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where i.inhrelid = c.oid limit 1)
         end as parent
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join index_list l on l.relation = c.oid
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and not exists (select 1 from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
   order by 1, 2
   limit ${MOST_RELATIONS + 1}`;
}
