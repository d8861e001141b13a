import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { ident, qualified } from "@/lib/postgres/sql";
import type { TableName } from "../events";

/** How a table is cut by an integer column that is never null: below the first bound, between two, from the last one on. */
export interface KeyCut {
  column: string;
  /** Decimal, ascending, each the first value of its range. */
  bounds: readonly string[];
}

/** Values of a column from, inclusive, and up to, exclusive; null for an open end. */
export interface KeyRange {
  column: string;
  from: string | null;
  to: string | null;
}

/** Pages that are looked at to learn how values are distributed: one part is then some 3 % of the rows too large or small. */
const SAMPLE_PAGES = 300;
/** Columns that are tried when the first one is not in order. */
const MOST_COLUMNS = 3;
/**
 * How often the source may read its pages for all ranges together. Where rows do not lie in the order of the column every range
 * has rows on most of the pages, and the source would read the table once for each.
 */
const MOST_READS = 1.75;
/** Ranges by which that is measured: with more of them than pages in the sample each page would seem to be read often. */
const MEASURED_RANGES = 64;

/**
 * Cuts a table of `pages` heap blocks into about `parts` ranges with as many rows each, by what a sample of its pages holds,
 * which is never older than the statistics and counts values that are there many times. Null for a table without an index
 * that begins with an integer column that is never null, or whose rows do not lie in the order of such a column. The client
 * must be in a transaction, in which the table may be read. Throws when the session breaks.
 */
export async function readKeyCut(
  client: pg.Client,
  table: TableName & { pages: number },
  parts: number,
): Promise<KeyCut | null> {
  await client.query("savepoint key_cut");
  try {
    for (const column of await listColumns(client, table)) {
      const bounds = await sampleBounds(client, table, column, parts);
      if (bounds.length > 0) return { column, bounds };
    }
    return null;
  } catch (error) {
    if (sqlStateOf(error) === null) throw error;
    // Not every storage method has samples; such a table stays whole.
    return null;
  } finally {
    // Of a session that is broken the error above tells.
    await client.query("rollback to savepoint key_cut; release savepoint key_cut").catch(() => undefined);
  }
}

/** The ranges of a cut, in order; the ends are open, so that no row is left out. */
export function keyRanges({ column, bounds }: KeyCut): KeyRange[] {
  return [null, ...bounds].map((from, index) => ({ column, from, to: bounds[index] ?? null }));
}

/** What the column's values meet in a range; "" for all. `prefix` is what stands before the column, as in "t.". */
export function keyCondition({ column, from, to }: KeyRange, prefix = ""): string {
  const name = `${prefix}${ident(column)}`;
  // The bounds are digits; quoted they take the column's type, and with it its index.
  const lower = from === null ? [] : [`${name} >= '${BigInt(from)}'`];
  const upper = to === null ? [] : [`${name} < '${BigInt(to)}'`];
  return [...lower, ...upper].join(" and ");
}

/** Columns to cut by, the primary key's first. */
async function listColumns(client: pg.Client, { schema, name }: TableName): Promise<string[]> {
  const { rows } = await client.query<{ column: string }>(
    `select a.attname as column
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_index i on i.indrelid = c.oid and i.indisvalid and i.indpred is null
       join pg_catalog.pg_class x on x.oid = i.indexrelid
       join pg_catalog.pg_am m on m.oid = x.relam and m.amname = 'btree'
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] and a.attnotnull
        and a.atttypid in ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
      where n.nspname = $1 and c.relname = $2
      order by i.indisprimary desc, i.indisunique desc, i.indnatts, i.indexrelid`,
    [schema, name],
  );
  return [...new Set(rows.map(({ column }) => column))].slice(0, MOST_COLUMNS);
}

/** Empty when the ranges would share too many pages, or all rows have the same value. */
async function sampleBounds(
  client: pg.Client,
  { schema, name, pages }: TableName & { pages: number },
  column: string,
  parts: number,
): Promise<string[]> {
  const percent = Math.min(100, (100 * SAMPLE_PAGES) / Math.max(1, pages));
  const { rows } = await client.query<{ bounds: string[] | null; reads: number | null }>(
    `with sampled as (
       select t.${ident(column)} as key, (t.ctid::text::pg_catalog.point)[0] as block
         from only ${qualified(schema, name)} t tablesample pg_catalog.system (${percent})
     ), cut as (
       select pg_catalog.min(key) as lowest,
              pg_catalog.percentile_disc($1::float8[]) within group (order by key) as bounds,
              pg_catalog.percentile_disc($2::float8[]) within group (order by key) as measured
         from sampled
     )
     select pg_catalog.array_remove(bounds, lowest)::text[] as bounds,
            (select count(distinct (block, pg_catalog.width_bucket(key, measured)))::float8 / nullif(count(distinct block), 0)
               from sampled) as reads
       from cut`,
    [fractions(parts), fractions(Math.min(parts, MEASURED_RANGES))],
  );
  const [row] = rows;
  if (!row?.bounds || row.reads === null || row.reads > MOST_READS) return [];
  return [...new Set(row.bounds)];
}

function fractions(parts: number): number[] {
  return Array.from({ length: parts - 1 }, (_, part) => (part + 1) / parts);
}
