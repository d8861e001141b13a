import type pg from "pg";
import { ident } from "@/lib/postgres/sql";
import { type Checksum, EMPTY_CHECKSUM, sameChecksums } from "./checksum";
import {
  type Buckets,
  type DrillTable,
  type KeyRange,
  readBounds,
  readHashBuckets,
  readHashRows,
  readRangeRows,
  readRanges,
} from "./difference-queries";
import { Differences } from "./match-rows";
import { rowHash } from "./row-hash";
import type { TablePair } from "./table-pair";
import type { VerifyRun } from "./verify-run";

/** A range of rows with fewer than so many is compared row by row. */
const LEAF_ROWS = 1_000;
/** Slices of a range at each step. */
const FAN_OUT = 256n;
/** Ranges sliced by one query. */
const BATCH = 32;
/** Rows compared one by one in all; beyond it the number of differences is not exact. Bounds memory to some 20 MB a table. */
const ROW_BUDGET = 20_000;
/** Rows that the second step over hashes looks into. */
const SECOND_STEP_ROWS = 16_000_000n;
const SECOND_STEP_BUCKETS = 256;
/** Buckets of one query over hashes: the server keeps a sum for each. */
const MAX_BITS = 14;
const MAX_SPAN = 2n ** 62n;
const INTEGERS: ReadonlySet<string | null> = new Set(["int2", "int4", "int8"]);

interface Drill {
  source: DrillTable;
  target: DrillTable;
  clients: readonly [pg.Client, pg.Client];
  found: Differences;
  budget: number;
  signal: AbortSignal;
}

/**
 * Finds the rows of a table that differ, on one session of each side within its snapshot. An integer key that leads an index on both
 * sides is sliced into ever smaller ranges, of which only those that differ are looked into; any other key, and tables without one,
 * go by ranges of a hash instead, which costs a pass over the table for each of at most three steps.
 */
export async function findDifferences(
  pair: TablePair,
  clients: readonly [pg.Client, pg.Client],
  run: Pick<VerifyRun, "hash" | "maxDifferences" | "signal">,
): Promise<Differences> {
  const { key } = pair;
  const columns = key === null ? null : pair.columns.filter(({ name }) => key.includes(name));
  const keyHash = columns === null ? null : rowHash(columns, run.hash, "k");
  const drill: Drill = {
    source: { table: pair.source, row: pair.hash, key: keyHash },
    target: { table: pair.target, row: pair.hash, key: keyHash },
    clients,
    found: new Differences(key !== null, run.maxDifferences),
    budget: ROW_BUDGET,
    signal: run.signal,
  };
  const column = integerKey(pair);
  const bounds = column === null ? null : await readBoundsOfBoth(drill, column);
  if (column !== null && bounds && bounds.last - bounds.first < MAX_SPAN)
    await byRanges(drill, column, bounds);
  else await byHash(drill, []);
  return drill.found;
}

/** First column of the key, when it is an integer and both sides have an index that begins with it. */
function integerKey({ key, columns, target }: TablePair): string | null {
  const [first] = key ?? [];
  const column = columns.find(({ name }) => name === first);
  if (first === undefined || !column || !INTEGERS.has(column.builtIn)) return null;
  return target.keys.some((candidate) => candidate[0] === first) ? first : null;
}

async function readBoundsOfBoth(drill: Drill, column: string): Promise<KeyRange | null> {
  const [ours, theirs] = await both(drill, (client, table) => readBounds(client, table, column));
  if (!ours || !theirs) return ours ?? theirs;
  return {
    first: -larger(-ours.first, -theirs.first),
    last: larger(ours.last, theirs.last),
  };
}

interface Slice extends KeyRange {
  rows: bigint;
}

/** Depth first and in order of the key, so that what is told when there is too much are the first ones. */
async function byRanges(drill: Drill, column: string, bounds: KeyRange): Promise<void> {
  let pending: Slice[] = [{ ...bounds, rows: 2n ** 62n }];
  while (pending.length > 0) {
    drill.signal.throwIfAborted();
    if (drill.budget <= 0) {
      drill.found.limited = true;
      return;
    }
    const batch = pending.slice(0, BATCH);
    pending = pending.slice(BATCH);
    const leaves = batch.filter(({ rows }) => rows <= LEAF_ROWS);
    await compareRanges(drill, column, leaves);
    const large = batch.filter(({ rows }) => rows > LEAF_ROWS);
    // One value of the leading column, e.g. a tenant, may have any number of rows.
    for (const { first } of large.filter((one) => one.first === one.last))
      await byHash(drill, [`t.${ident(column)} = ${first}`]);
    const divisible = large.filter((one) => one.first < one.last);
    if (divisible.length > 0) pending = [...(await slice(drill, column, divisible)), ...pending];
  }
}

/** The slices of the ranges that differ. */
async function slice(drill: Drill, column: string, ranges: readonly Slice[]): Promise<Slice[]> {
  const widths = ranges.map(({ first, last }) => (last - first) / FAN_OUT + 1n);
  const [ours, theirs] = await both(drill, (client, table) =>
    readRanges(client, table, column, ranges, widths),
  );
  return differing(ours, theirs).map(({ bucket, rows }) => {
    const index = ranges.findIndex(({ first, last }) => first <= bucket && bucket <= last);
    const parent = ranges[index];
    const end = bucket + (widths[index] ?? 1n) - 1n;
    return { first: bucket, last: parent && end > parent.last ? parent.last : end, rows };
  });
}

async function compareRanges(drill: Drill, column: string, ranges: readonly Slice[]): Promise<void> {
  if (ranges.length === 0) return;
  const limit = Math.max(LEAF_ROWS, drill.budget);
  const [ours, theirs] = await both(drill, (client, table) =>
    readRangeRows(client, table, column, ranges, limit),
  );
  drill.budget -= Math.max(ours.length, theirs.length);
  drill.found.compare(ours, theirs, limit);
}

/** By ranges of the key's hash: every step is one pass over the rows that meet `conditions`. */
async function byHash(drill: Drill, conditions: readonly string[]): Promise<void> {
  if (drill.budget <= 0) {
    drill.found.limited = true;
    return;
  }
  let bits = MAX_BITS;
  let buckets = await hashBuckets(drill, conditions, bits, null);
  if (sumOf(buckets) > BigInt(drill.budget) && sumOf(buckets) > BigInt(buckets.length * LEAF_ROWS)) {
    const parents = cut(drill, buckets, SECOND_STEP_ROWS);
    const within = { bits, buckets: parents.slice(0, SECOND_STEP_BUCKETS).map(({ bucket }) => bucket) };
    if (parents.length > within.buckets.length) drill.found.limited = true;
    bits += 6;
    buckets = await hashBuckets(drill, conditions, bits, within);
  }
  const chosen = cut(drill, buckets, BigInt(drill.budget));
  if (chosen.length === 0) return;
  const limit = Math.max(LEAF_ROWS, drill.budget);
  const within = { bits, buckets: chosen.map(({ bucket }) => bucket) };
  const [ours, theirs] = await both(drill, (client, table) =>
    readHashRows(client, table, conditions, within, limit),
  );
  drill.budget -= Math.max(ours.length, theirs.length);
  drill.found.compare(ours, theirs, limit);
}

interface Bucket {
  bucket: bigint;
  rows: bigint;
}

async function hashBuckets(
  drill: Drill,
  conditions: readonly string[],
  bits: number,
  within: { bits: number; buckets: readonly bigint[] } | null,
): Promise<Bucket[]> {
  drill.signal.throwIfAborted();
  const [ours, theirs] = await both(drill, (client, table) =>
    readHashBuckets(client, table, conditions, bits, within),
  );
  return differing(ours, theirs);
}

/** As many buckets from the first as have `rows` rows, at least one; what is left out makes the count inexact. */
function cut(drill: Drill, buckets: readonly Bucket[], rows: bigint): readonly Bucket[] {
  let sum = 0n;
  const at = buckets.findIndex((bucket, index) => {
    sum += bucket.rows;
    return sum > rows && index > 0;
  });
  if (at === -1) return buckets;
  drill.found.limited = true;
  return buckets.slice(0, at);
}

function sumOf(buckets: readonly Bucket[]): bigint {
  return buckets.reduce((sum, { rows }) => sum + rows, 0n);
}

/** Buckets that are not the same on both sides, in order. */
function differing(ours: Buckets, theirs: Buckets): Bucket[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return names.flatMap((bucket) => {
    const left: Checksum = ours.get(bucket) ?? EMPTY_CHECKSUM;
    const right: Checksum = theirs.get(bucket) ?? EMPTY_CHECKSUM;
    const rows = larger(left.rows, right.rows);
    return sameChecksums(left, right) ? [] : [{ bucket, rows }];
  });
}

function larger(one: bigint, other: bigint): bigint {
  return one < other ? other : one;
}

async function both<T>(
  { source, target, clients }: Drill,
  read: (client: pg.Client, table: DrillTable) => Promise<T>,
): Promise<[T, T]> {
  // Both are waited for, whatever happens: a session that is still at work must not be given back.
  const [ours, theirs] = await Promise.allSettled([read(clients[0], source), read(clients[1], target)]);
  if (ours.status === "rejected") throw ours.reason;
  if (theirs.status === "rejected") throw theirs.reason;
  return [ours.value, theirs.value];
}
