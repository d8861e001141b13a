import type {
  RowDifferenceKind,
  VerificationItemState,
  VerificationSchemaLine,
} from "@/lib/migrations/verification";
import type { StoreClient } from "../client";
import { storable } from "../events";
import { rowChunks } from "../row-chunks";

/** Names an item within a verification. */
export interface ItemKey {
  database: string;
  kind: string;
  schema: string;
  name: string;
}

export interface PlannedItem extends ItemKey {
  bytesEstimated: number;
}

/** Where an item is now; figures are absolute, so writing it twice does no harm. */
export interface ItemUpdate extends ItemKey {
  state: VerificationItemState;
  bytesRead: number;
  sourceRows: string | null;
  targetRows: string | null;
  sourceChecksum: string | null;
  targetChecksum: string | null;
  differences: number;
  limited: boolean;
  message: string | null;
  ms: number | null;
}

export interface RowUpdate extends ItemKey {
  rowKind: RowDifferenceKind;
  key: unknown;
  source: unknown;
  target: unknown;
  repair: string | null;
}

export interface ItemCounts {
  total: number;
  equal: number;
  different: number;
  unchecked: number;
}

/** Replaces the items of a database by a plan; their ids grow in the order given. */
export async function writePlannedItems(
  db: StoreClient,
  verificationId: string,
  database: string,
  items: readonly PlannedItem[],
): Promise<void> {
  await db.verificationItem.deleteMany({ where: { verificationId, database } });
  for (const some of rowChunks(items)) await insertItems(db, verificationId, database, some);
}

async function insertItems(
  db: StoreClient,
  verificationId: string,
  database: string,
  items: readonly PlannedItem[],
): Promise<void> {
  await db.$executeRaw`
    insert into verification_item (verification_id, database, kind, schema, name, bytes_estimated)
    select ${verificationId}::uuid, ${database}, u.kind, u.schema, u.name, u.bytes
      from unnest(
        ${items.map((item) => item.kind)}::text[],
        ${items.map((item) => item.schema)}::text[],
        ${items.map((item) => item.name)}::text[],
        ${items.map((item) => whole(item.bytesEstimated))}::text[]::bigint[]
      ) with ordinality as u(kind, schema, name, bytes, position)
     order by u.position
    on conflict (verification_id, database, kind, schema, name) do nothing`;
}

/** Writes any number of items; one that no plan named is added. */
export async function writeItems(
  db: StoreClient,
  verificationId: string,
  items: readonly ItemUpdate[],
): Promise<void> {
  for (const some of rowChunks(items)) await updateItems(db, verificationId, some);
}

async function updateItems(
  db: StoreClient,
  verificationId: string,
  items: readonly ItemUpdate[],
): Promise<void> {
  await db.$executeRaw`
    insert into verification_item as i
      (verification_id, database, kind, schema, name, state, bytes_read, source_rows, target_rows, source_checksum,
       target_checksum, differences, limited, message, ms)
    select ${verificationId}::uuid, u.* from unnest(
      ${items.map((item) => item.database)}::text[],
      ${items.map((item) => item.kind)}::text[],
      ${items.map((item) => item.schema)}::text[],
      ${items.map((item) => item.name)}::text[],
      ${items.map((item) => item.state)}::text[],
      ${items.map((item) => whole(item.bytesRead))}::text[]::bigint[],
      ${items.map((item) => item.sourceRows)}::text[]::numeric[],
      ${items.map((item) => item.targetRows)}::text[]::numeric[],
      ${items.map((item) => item.sourceChecksum)}::text[],
      ${items.map((item) => item.targetChecksum)}::text[],
      ${items.map((item) => Math.min(item.differences, MAX_INT))}::int[],
      ${items.map((item) => item.limited)}::boolean[],
      ${items.map((item) => (item.message === null ? null : storable(item.message)))}::text[],
      ${items.map((item) => (item.ms === null ? null : Math.min(Math.round(item.ms), MAX_INT)))}::int[]) as u
    on conflict (verification_id, database, kind, schema, name) do update
    set state = excluded.state, bytes_read = excluded.bytes_read, source_rows = excluded.source_rows,
        target_rows = excluded.target_rows, source_checksum = excluded.source_checksum,
        target_checksum = excluded.target_checksum, differences = excluded.differences,
        limited = excluded.limited or i.limited, message = excluded.message, ms = excluded.ms`;
}

/** Appends differing rows to their items, in the order given; those of an item there is none of are left out. */
export async function appendRows(
  db: StoreClient,
  verificationId: string,
  rows: readonly RowUpdate[],
): Promise<void> {
  for (const some of rowChunks(rows)) await insertRows(db, verificationId, some);
}

async function insertRows(
  db: StoreClient,
  verificationId: string,
  rows: readonly RowUpdate[],
): Promise<void> {
  await db.$executeRaw`
    insert into verification_row (item_id, kind, key, source, target, repair)
    select i.id, u.row_kind, u.key, u.source, u.target, u.repair
      from unnest(
        ${rows.map((row) => row.database)}::text[],
        ${rows.map((row) => row.kind)}::text[],
        ${rows.map((row) => row.schema)}::text[],
        ${rows.map((row) => row.name)}::text[],
        ${rows.map((row) => row.rowKind)}::text[],
        ${rows.map((row) => json(row.key))}::text[]::jsonb[],
        ${rows.map((row) => json(row.source))}::text[]::jsonb[],
        ${rows.map((row) => json(row.target))}::text[]::jsonb[],
        ${rows.map((row) => row.repair)}::text[]
      ) with ordinality as u(database, kind, schema, name, row_kind, key, source, target, repair, position)
      join verification_item i
        on i.verification_id = ${verificationId}::uuid and i.database = u.database and i.kind = u.kind
       and i.schema = u.schema and i.name = u.name
     order by u.position`;
}

/** Stores the side-by-side view of a database's schema. */
export async function writeSchemaLines(
  db: StoreClient,
  verificationId: string,
  database: string,
  lines: readonly VerificationSchemaLine[],
): Promise<void> {
  await db.$executeRaw`
    update verification_item set schema_lines = ${storable(JSON.stringify(lines))}::jsonb
     where verification_id = ${verificationId}::uuid and database = ${database} and kind = 'schema'`;
}

/** Items of a verification by how their comparison ended. */
export async function countItems(db: StoreClient, verificationId: string): Promise<ItemCounts> {
  const groups = await db.verificationItem.groupBy({
    by: ["state"],
    where: { verificationId },
    _count: { _all: true },
  });
  const of = (state: string) => groups.find((group) => group.state === state)?._count._all ?? 0;
  return {
    total: groups.reduce((sum, group) => sum + group._count._all, 0),
    equal: of("equal"),
    different: of("different"),
    unchecked: of("unchecked"),
  };
}

/** Forgets everything found so far: a verification is begun anew. */
export async function deleteItems(db: StoreClient, verificationId: string): Promise<void> {
  await db.verificationItem.deleteMany({ where: { verificationId } });
}

const MAX_INT = 2 ** 31 - 1;

/** Prisma has no parameter type for an array of bigint: decimal text crosses instead. */
function whole(value: number): string {
  return String(Math.max(0, Math.round(value)));
}

function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
