import type pg from "pg";
import { sharedText } from "@/lib/util/texts";
import type { PlannedTable, TableName } from "../events";
import { readPlannedPaths } from "../functions/planned-paths";
import { tableKey } from "../schema/restore-plan";
import { readShuffledPartitions } from "../schema/shuffled-partitions";
import { readTypeFacts } from "./type-facts";

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
  columns: readonly CopyColumn[];
  readable: boolean;
  /** A crash empties it. */
  unlogged: boolean;
  /** Row security would filter what this login reads. */
  rowSecurity: boolean;
  /** `where` clause of an extension's configuration table, "" for all its rows; null for ordinary tables. */
  configurationFilter: string | null;
  /** Of a partition whose rows may belong to others on the target: the partitioned table they are written to; else null. */
  through: TableName | null;
  /** Queries of it fail in sessions with an empty search_path; COPY without a query does not. */
  isUnqueryable: boolean;
}

/** What is told of a table before its rows are copied. */
export function planned({ schema, name, bytesEstimated, rowsEstimated }: SourceTable): PlannedTable {
  return { schema, name, bytesEstimated, rowsEstimated };
}

interface Row
  extends Omit<
    SourceTable,
    "bytesEstimated" | "rowsEstimated" | "pages" | "columns" | "through" | "isUnqueryable"
  > {
  bytes: string;
  rows: string;
  pages: string;
  /** JSON of ListedColumn[]. */
  columns: string;
}

interface ListedColumn {
  name: string;
  type: string;
}

/**
 * Tables whose rows have to be copied, biggest first. Partitioned parents, views and foreign tables hold none; members
 * of extensions are made by CREATE EXTENSION, except their configuration tables (extend-extensions.html).
 */
export async function listTables(client: pg.Client): Promise<SourceTable[]> {
  const version = await versionOf(client);
  const shuffled = await readShuffledPartitions(client, version);
  const paths = await readPlannedPaths(client);
  const { rows } = await client.query<Row>(listStatement(version >= GENERATED_COLUMNS));
  const columnsOf = await columnReader(client, rows);
  return rows.map((row) => ({
    schema: sharedText(row.schema),
    name: sharedText(row.name),
    bytesEstimated: Number(row.bytes),
    rowsEstimated: Math.max(0, Math.round(Number(row.rows))),
    pages: Number(row.pages),
    columns: columnsOf(row),
    readable: row.readable,
    unlogged: row.unlogged,
    rowSecurity: row.rowSecurity,
    configurationFilter: row.configurationFilter,
    through: shuffled.get(tableKey(row)) ?? null,
    isUnqueryable: paths.has(tableKey(row)),
  }));
}

/** Thousands of tables have the same few columns, and many have all of them in common with another. */
async function columnReader(
  client: pg.Client,
  rows: readonly Row[],
): Promise<(row: Row) => readonly CopyColumn[]> {
  const listed = new Map<string, ListedColumn[]>();
  for (const { columns } of rows)
    if (!listed.has(columns)) listed.set(columns, JSON.parse(columns) as ListedColumn[]);
  const used = new Set([...listed.values()].flatMap((columns) => columns.map(({ type }) => type)));
  const facts = await readTypeFacts(client, used);
  const known = new Map<string, CopyColumn>();
  const columnOf = ({ name, type }: ListedColumn): CopyColumn => {
    const key = `${type} ${name}`;
    const { binarySafe = false, extension = null } = facts.get(type) ?? {};
    const column = known.get(key) ?? { name, binarySafe, extension };
    known.set(key, column);
    return column;
  };
  const lists = new Map([...listed].map(([text, columns]) => [text, columns.map(columnOf)]));
  return ({ columns }) => lists.get(columns) ?? [];
}

const GENERATED_COLUMNS = 120_000;

async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    "select pg_catalog.current_setting('server_version_num')::int as version",
  );
  return rows[0]?.version ?? 0;
}

/** Thousands of tables are common: everything here is joined once, nothing is asked table by table. */
function listStatement(generatedColumns: boolean): string {
  return `
with configuration as (
  select u.relation, coalesce(u.condition, '') as condition
    from pg_catalog.pg_extension e, unnest(e.extconfig, e.extcondition) as u(relation, condition)
), column_lists as (
  select a.attrelid as relation,
         pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', a.atttypid::text) order by a.attnum) as columns
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class r on r.oid = a.attrelid and r.relkind = 'r'
   where a.attnum > 0 and not a.attisdropped ${generatedColumns ? "and a.attgenerated = ''" : ""}
   group by a.attrelid
)
select n.nspname as schema, c.relname as name,
       coalesce(size.bytes, 0)::text as bytes,
       c.reltuples::text as rows,
       (coalesce(size.heap, 0) / pg_catalog.current_setting('block_size')::int)::text as pages,
       may.read as readable,
       c.relpersistence = 'u' as unlogged,
       may.read and pg_catalog.row_security_active(c.oid) as "rowSecurity",
       f.condition as "configurationFilter",
       coalesce(l.columns::text, '[]') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join configuration f on f.relation = c.oid
  left join column_lists l on l.relation = c.oid
  cross join lateral (select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as read) may
  -- Measuring waits for locks, which are held only on tables that can be read.
  left join lateral (select pg_catalog.pg_table_size(c.oid) as bytes, pg_catalog.pg_relation_size(c.oid) as heap) size on may.read
 where c.relkind = 'r' and c.relpersistence in ('p', 'u')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and (f.relation is not null or not exists (
         select 1 from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'))
 order by size.bytes desc nulls last, 1, 2`;
}
