import type pg from "pg";
import { sharedText } from "@/lib/util/texts";
import type { TableName } from "../events";
import { readPlannedPaths } from "../functions/planned-paths";
import { tableKey } from "../schema/restore-plan";
import { readShuffledPartitions } from "../schema/shuffled-partitions";
import type { VerifiedColumn } from "./row-hash";

/** A relation with rows of its own, as one side has it. */
export interface VerifiedTable {
  schema: string;
  name: string;
  kind: "table" | "materialized-view";
  populated: boolean;
  /** null when rows can be read, else the reason why not, for people. */
  unreadable: string | null;
  /** Heap with TOAST. */
  bytes: number;
  /** Blocks of the heap. */
  pages: number;
  columns: VerifiedColumn[];
  /** Columns of each unique index over columns that are never null, the primary key first. */
  keys: string[][];
  /** Condition on the rows of an extension's configuration table that belong to the database; "" for all. */
  condition: string;
  /** A partitioned table in place of its partitions, whose rows may be in others on the other side. */
  partitioned: boolean;
  /** search_path that queries of it need; null for the empty one. */
  path: readonly string[] | null;
}

interface Row extends Omit<VerifiedTable, "bytes" | "pages" | "unreadable" | "path"> {
  bytes: string;
  pages: string;
  readable: boolean;
  rowSecurity: boolean;
}

/**
 * Plain tables, leaf partitions, inheritance children and materialised views outside the system's schemas; a partitioned table in
 * place of its partitions where each server has the rows in others. Members of extensions belong to CREATE EXTENSION, except the
 * configuration tables (extend-extensions.html). `version` as in server_version_num.
 */
export async function listVerifiedTables(client: pg.Client, version: number): Promise<VerifiedTable[]> {
  const shuffled = await readShuffledPartitions(client, version);
  const paths = await readPlannedPaths(client);
  const roots = new Set([...shuffled.values()].map(tableKey));
  const sizes = withPartitions(await readSizes(client), shuffled);
  const listed = await client.query<Row>(listStatement(version));
  const rows = listed.rows.filter(
    (table) => !shuffled.has(tableKey(table)) && (!table.partitioned || roots.has(tableKey(table))),
  );
  // Thousands of tables have the same few lists of columns and keys.
  const [columnLists, keyLists] = [new Map<string, Row["columns"]>(), new Map<string, Row["keys"]>()];
  return rows.map((row) => {
    const size = sizes.get(tableKey(row));
    return {
      schema: sharedText(row.schema),
      name: sharedText(row.name),
      // Not the row's own text, of which there would be one for each table.
      kind: row.kind === "table" ? "table" : "materialized-view",
      populated: row.populated,
      unreadable: reasonOf(row.readable, row.rowSecurity),
      bytes: size?.bytes ?? Math.max(0, Number(row.bytes)),
      pages: size?.pages ?? Math.max(0, Number(row.pages)),
      columns: onlyOne(columnLists, row.columns),
      keys: onlyOne(keyLists, row.keys),
      condition: row.condition,
      partitioned: row.partitioned,
      path: paths.get(tableKey(row)) ?? null,
    };
  });
}

/** The first of those that are the same. */
function onlyOne<T>(known: Map<string, T>, list: T): T {
  const text = JSON.stringify(list);
  const first = known.get(text) ?? list;
  known.set(text, first);
  return first;
}

function reasonOf(readable: boolean, rowSecurity: boolean): string | null {
  if (!readable) return "the login may not read it (grant select on it, and usage on its schema)";
  return rowSecurity ? "row security would hide rows from the login (use one with BYPASSRLS)" : null;
}

interface Size {
  bytes: number;
  pages: number;
}

/** By tableKey(), with the partitioned tables that stand for their partitions. */
function withPartitions(
  sizes: ReadonlyMap<string, Size>,
  shuffled: ReadonlyMap<string, TableName>,
): ReadonlyMap<string, Size> {
  const all = new Map(sizes);
  for (const [key, root] of shuffled) {
    const size = sizes.get(key);
    const sum = all.get(tableKey(root)) ?? { bytes: 0, pages: 0 };
    if (size) all.set(tableKey(root), { bytes: sum.bytes + size.bytes, pages: sum.pages + size.pages });
  }
  return all;
}

/** Measuring opens each table and so waits for whoever rewrites one; then what the planner knows has to do. */
async function readSizes(client: pg.Client): Promise<ReadonlyMap<string, Size>> {
  await client.query("savepoint sizes");
  try {
    await client.query("set local lock_timeout = '3s'");
    const { rows } = await client.query<{ schema: string; name: string; bytes: string; pages: string }>(`
      select n.nspname as schema, c.relname as name, pg_catalog.pg_table_size(c.oid)::text as bytes,
             (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int)::text as pages
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`);
    return new Map(
      rows.map(({ schema, name, bytes, pages }) => [
        tableKey({ schema, name }),
        { bytes: Number(bytes), pages: Number(pages) },
      ]),
    );
  } catch {
    return new Map();
  } finally {
    await client.query("rollback to savepoint sizes");
  }
}

/** Everything is joined once: thousands of tables are common. Older catalogues lack some columns. */
function listStatement(version: number): string {
  const generated = version >= 120_000 ? "a.attgenerated" : "''";
  const identity = version >= 100_000 ? "a.attidentity" : "''";
  const keyColumns = version >= 110_000 ? "i.indnkeyatts" : "i.indnatts";
  return `
with recursive base (oid, base) as (
  select oid, oid from pg_catalog.pg_type where typtype <> 'd'
  union all
  select t.oid, b.base from pg_catalog.pg_type t join base b on b.oid = t.typbasetype where t.typtype = 'd'
), configuration as (
  select u.relation, coalesce(u.condition, '') as condition
    from pg_catalog.pg_extension e, unnest(e.extconfig, e.extcondition) as u(relation, condition)
), columns as (
  select a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_object(
           'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'builtIn', case when y.oid < 10000 then y.typname end,
           'generated', ${generated}, 'identity', ${identity}) order by a.attname collate "C") as columns
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class r on r.oid = a.attrelid and r.relkind in ('r', 'm', 'p')
    join base b on b.oid = a.atttypid join pg_catalog.pg_type y on y.oid = b.base
   where a.attnum > 0 and not a.attisdropped
   group by a.attrelid
), unique_indexes as (
  select i.indrelid, i.indexrelid, i.indisprimary,
         pg_catalog.array_agg(a.attname::text order by k.position) as names,
         pg_catalog.bool_and(a.attnotnull) as never_null
    from pg_catalog.pg_index i
    cross join lateral unnest(i.indkey::int2[]) with ordinality k(attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null and k.position <= ${keyColumns}
   group by i.indrelid, i.indexrelid, i.indisprimary
), keys as (
  select indrelid, pg_catalog.json_agg(names order by indisprimary desc, pg_catalog.array_length(names, 1), names) as keys
    from unique_indexes where never_null group by indrelid
)
select n.nspname as schema, c.relname as name,
       case c.relkind when 'm' then 'materialized-view' else 'table' end as kind, c.relispopulated as populated, c.relkind = 'p' as partitioned,
       (c.relpages::bigint * pg_catalog.current_setting('block_size')::int)::text as bytes, c.relpages::text as pages,
       may.read as readable, may.read and c.relkind in ('r', 'p') and pg_catalog.row_security_active(c.oid) as "rowSecurity",
       coalesce(l.columns, '[]') as columns, coalesce(k.keys, '[]') as keys,
       pg_catalog.regexp_replace(coalesce(f.condition, ''), '^\\s*where\\s', '', 'i') as condition
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join configuration f on f.relation = c.oid
  left join columns l on l.attrelid = c.oid
  left join keys k on k.indrelid = c.oid
  cross join lateral (select pg_catalog.has_schema_privilege(n.oid, 'usage')
                             and pg_catalog.has_any_column_privilege(c.oid, 'select')
                             and not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                              and not pg_catalog.has_column_privilege(c.oid, a.attnum, 'select'))
                             or pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as read) may
 where c.relkind in ('r', 'm', 'p') and c.relpersistence in ('p', 'u')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and (f.relation is not null or not exists (
         select 1 from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'))
 order by 1, 2`;
}
