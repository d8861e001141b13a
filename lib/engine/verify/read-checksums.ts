import type pg from "pg";
import { sqlStateOf } from "@/lib/postgres/errors";
import { keyCondition, keyRanges, readKeyCut } from "../copy/key-cut";
import { TID_RANGE_SCAN } from "../copy/split-tables";
import type { Throttle } from "../throttle";
import {
  addChecksums,
  type Checksum,
  type ChecksumRow,
  checksumColumns,
  EMPTY_CHECKSUM,
  readChecksum,
} from "./checksum";
import type { VerifiedTable } from "./list-verified-tables";
import type { RowHash } from "./row-hash";
import { fromClause, takePath } from "./table-pair";
import type { VerifySide } from "./verify-side";

/** Bytes of one statement: long enough that asking costs nothing, short enough that progress is seen to move. */
const PART_BYTES = 64 * 1024 * 1024;
/** Under a rate limit parts are smaller, so that reading is spread evenly. */
const THROTTLED_PART_BYTES = 4 * 1024 * 1024;
const MAX_PARTS = 4_000;

/** One table of a side to be summed up. */
export interface ChecksumRequest {
  table: VerifiedTable;
  hash: RowHash;
}

/** SQL of the sums over a table, or over a range of its rows. */
function checksumStatement({ table, hash }: ChecksumRequest, conditions: readonly string[] = []): string {
  const inner = hash.inner === "" ? "1 as nothing" : hash.inner;
  // OFFSET 0 keeps the planner from merging the two, which would form the text of each value once for each hash.
  return `select ${checksumColumns(hash.first, hash.second)} from (select ${inner} ${fromClause(table, conditions)} offset 0) s`;
}

/**
 * Conditions that cut a table into parts that one statement each sums up, the ends open, as the table may have grown; none when
 * it is read whole. Ranges of pages, or of an integer key on servers before 14, which read the whole table for a range of pages.
 */
export async function partConditions(
  table: VerifiedTable,
  side: Pick<VerifySide, "version" | "read">,
  throttled: boolean,
): Promise<string[]> {
  const bytes = throttled ? THROTTLED_PART_BYTES : PART_BYTES;
  const parts = Math.min(MAX_PARTS, Math.floor(table.bytes / bytes), table.pages);
  if (parts < 2 || table.condition !== "") return [];
  if (side.version >= TID_RANGE_SCAN) return pageConditions(table, parts);
  const cut = await side.read(async (client) => {
    await takePath(client, table);
    return await readKeyCut(client, table, parts);
  });
  return cut === null ? [] : keyRanges(cut).map((range) => keyCondition(range, "t."));
}

function pageConditions({ pages }: VerifiedTable, parts: number): string[] {
  const edge = (part: number) => `'(${Math.floor((pages * part) / parts)},0)'::pg_catalog.tid`;
  return Array.from({ length: parts }, (_, part) =>
    [
      ...(part === 0 ? [] : [`t.ctid >= ${edge(part)}`]),
      ...(part === parts - 1 ? [] : [`t.ctid < ${edge(part + 1)}`]),
    ].join(" and "),
  );
}

export interface ReadOptions {
  side: VerifySide;
  throttle: Throttle;
  /** Bytes of the table read so far, estimated. */
  onProgress?: (bytes: number) => void;
}

/** Count and sums of a whole table, its parts shared out among the side's readers. Throws what the server reports. */
export async function readTableChecksum(request: ChecksumRequest, options: ReadOptions): Promise<Checksum> {
  const { side, throttle, onProgress } = options;
  const { table } = request;
  const throttled = throttle.limits.bytesPerSecond !== null;
  const conditions = await partConditions(table, side, throttled);
  const parts = conditions.length === 0 ? [[]] : conditions.map((condition) => [condition]);
  const share = table.bytes / parts.length;
  let done = 0;
  let failed = false;
  const sums = await Promise.all(
    parts.map((part) =>
      side
        .read(async (client) => {
          if (failed) return EMPTY_CHECKSUM;
          await throttle.pass(share, side.signal);
          await takePath(client, table);
          return await readOne(client, checksumStatement(request, part));
        })
        .then((sum) => {
          done += 1;
          onProgress?.(Math.round(share * done));
          return sum;
        })
        .catch((error: unknown) => {
          failed = true;
          throw error;
        }),
    ),
  );
  return sums.reduce(addChecksums, EMPTY_CHECKSUM);
}

async function readOne(client: pg.Client, statement: string): Promise<Checksum> {
  const { rows } = await client.query<ChecksumRow>(statement);
  return rows[0] ? readChecksum(rows[0]) : EMPTY_CHECKSUM;
}

/**
 * The same for many small tables with one statement; null for those that have to be asked alone, because one of them failed. Throws
 * when a session breaks.
 */
export async function readSmallChecksums(
  requests: readonly ChecksumRequest[],
  { side, throttle }: ReadOptions,
): Promise<Checksum[] | null> {
  const bytes = requests.reduce((sum, { table }) => sum + table.bytes, 0);
  const selectOf = (request: ChecksumRequest, index: number) =>
    `select ${index} as n, s.* from (${checksumStatement(request)}) s`;
  try {
    return await side.read(async (client) => {
      await throttle.pass(bytes, side.signal);
      const statement = requests.map(selectOf).join(" union all ");
      const { rows } = await client.query<ChecksumRow & { n: number }>(statement);
      const sums = new Map(rows.map((row) => [row.n, readChecksum(row)]));
      return requests.map((_, index) => sums.get(index) ?? EMPTY_CHECKSUM);
    });
  } catch (error) {
    side.signal.throwIfAborted();
    if (sqlStateOf(error) === null) throw error;
    return null;
  }
}
