import type pg from "pg";
import { ident } from "@/lib/postgres/sql";
import { type Checksum, type ChecksumRow, checksumColumns, readChecksum } from "./checksum";
import type { VerifiedTable } from "./list-verified-tables";
import type { RowHash } from "./row-hash";
import { fromClause, placeOf } from "./table-pair";

/** What the queries of a drill-down need of one side's table. */
export interface DrillTable {
  table: VerifiedTable;
  row: RowHash;
  /** Of the key's columns; null for a table without a key, whose rows are their own keys. */
  key: RowHash | null;
}

/** Inclusive range of an integer key. */
export interface KeyRange {
  first: bigint;
  last: bigint;
}

/** A bucket of rows that the drill-down sums up: a range of a key, or of the key's hash. */
export type Buckets = Map<bigint, Checksum>;

/** Equal rows with one key: how many, and where one of them is. */
export interface RowGroup {
  key: bigint;
  first: bigint;
  second: bigint;
  count: number;
  ctid: string;
}

/** Smallest and largest key, null for an empty table. */
export async function readBounds(
  client: pg.Client,
  { table }: DrillTable,
  column: string,
): Promise<KeyRange | null> {
  const { rows } = await client.query<{ first: string | null; last: string | null }>(
    `select pg_catalog.min(t.${ident(column)})::text as first, pg_catalog.max(t.${ident(column)})::text as last ${fromClause(table)}`,
  );
  const { first, last } = rows[0] ?? { first: null, last: null };
  return first === null || last === null ? null : { first: BigInt(first), last: BigInt(last) };
}

/** Each range cut into slices of `widths` keys and summed up, over the key's index; slices by their first key. */
export async function readRanges(
  client: pg.Client,
  drill: DrillTable,
  column: string,
  ranges: readonly KeyRange[],
  widths: readonly bigint[],
): Promise<Buckets> {
  const key = `t.${ident(column)}`;
  const conditions = [`${key} >= r.first`, `${key} <= r.last`];
  const { rows } = await client.query<ChecksumRow & { start: string }>(
    `select (r.first + s.slice * r.width)::text as start, s.rows, s.first, s.second
       from unnest($1::text[]::int8[], $2::text[]::int8[], $3::text[]::int8[]) r(first, last, width)
      cross join lateral (
        select slice, ${checksumColumns(drill.row.first, drill.row.second)}
          from (select (${key} - r.first) / r.width as slice, ${drill.row.inner} ${fromClause(drill.table, conditions)} offset 0) x
         group by slice) s`,
    [ranges.map(({ first }) => `${first}`), ranges.map(({ last }) => `${last}`), widths.map(String)],
  );
  return new Map(rows.map((row) => [BigInt(row.start), readChecksum(row)]));
}

/** Buckets of the key's hash: its first `bits` bits. `within`: only those whose first `bits` of before are among the given. */
export async function readHashBuckets(
  client: pg.Client,
  drill: DrillTable,
  conditions: readonly string[],
  bits: number,
  within: { bits: number; buckets: readonly bigint[] } | null,
): Promise<Buckets> {
  const filter = within === null ? "" : `where h >> ${64 - within.bits} = any ($1::text[]::int8[])`;
  const { rows } = await client.query<ChecksumRow & { bucket: string }>(
    `select (h >> ${64 - bits})::text as bucket, ${checksumColumns("a", "b")}
       from (select ${hashColumns(drill)} from (${innerRows(drill, conditions)}) x offset 0) y ${filter}
      group by h >> ${64 - bits}`,
    within === null ? [] : [within.buckets.map(String)],
  );
  return new Map(rows.map((row) => [BigInt(row.bucket), readChecksum(row)]));
}

/** The rows of ranges of the key, equal ones together, in order of hash, at most `limit`. */
export async function readRangeRows(
  client: pg.Client,
  drill: DrillTable,
  column: string,
  ranges: readonly KeyRange[],
  limit: number,
): Promise<RowGroup[]> {
  const key = `t.${ident(column)}`;
  const rows = innerRows(drill, [`${key} >= r.first`, `${key} <= r.last`]);
  return await readGroups(
    client,
    `from unnest($1::text[]::int8[], $2::text[]::int8[]) r(first, last)
      cross join lateral (select ${hashColumns(drill)}, id from (${rows}) x offset 0) y`,
    limit,
    [ranges.map(({ first }) => `${first}`), ranges.map(({ last }) => `${last}`)],
  );
}

/** The rows of buckets of the key's hash, or all, equal ones together, in order of hash, at most `limit`. */
export async function readHashRows(
  client: pg.Client,
  drill: DrillTable,
  conditions: readonly string[],
  within: { bits: number; buckets: readonly bigint[] } | null,
  limit: number,
): Promise<RowGroup[]> {
  const filter = within === null ? "" : `where h >> ${64 - within.bits} = any ($1::text[]::int8[])`;
  return await readGroups(
    client,
    `from (select ${hashColumns(drill)}, id from (${innerRows(drill, conditions)}) x offset 0) y ${filter}`,
    limit,
    within === null ? [] : [within.buckets.map(String)],
  );
}

/** Hash of the key, and both of the row. */
function hashColumns({ row, key }: DrillTable): string {
  return `${(key ?? row).first} as h, ${row.first} as a, ${row.second} as b`;
}

function innerRows({ table, row, key }: DrillTable, conditions: readonly string[]): string {
  const values = [row.inner, ...(key ? [key.inner] : []), `${placeOf(table)} as id`].filter(
    (one) => one !== "",
  );
  return `select ${values.join(", ")} ${fromClause(table, conditions)} offset 0`;
}

async function readGroups(
  client: pg.Client,
  from: string,
  limit: number,
  values: string[][],
): Promise<RowGroup[]> {
  const { rows } = await client.query<{
    key: string;
    first: string;
    second: string;
    count: string;
    ctid: string;
  }>(
    `select y.h::text as key, y.a::text as first, y.b::text as second, pg_catalog.count(*)::text as count, pg_catalog.min(y.id) as ctid
     ${from} group by y.h, y.a, y.b order by y.h, y.a, y.b limit ${limit}`,
    values,
  );
  return rows.map(({ key, first, second, count, ctid }) => ({
    key: BigInt(key),
    first: BigInt(first),
    second: BigInt(second),
    count: Number(count),
    ctid,
  }));
}
