import { Prisma, type Verification, type VerificationRow } from "@/lib/generated/prisma/client";
import type { RowDifferenceKind, VerificationItemState, VerifiedKind } from "@/lib/migrations/verification";
import { store } from "../client";

/** Sums over the items of a verification. */
export interface VerificationTotals {
  total: number;
  done: number;
  different: number;
  unchecked: number;
  bytesEstimated: number;
  bytesRead: number;
}

export type VerificationWithTotals = Verification & { totals: VerificationTotals };

/** Where a page of verifications ends. */
export interface VerificationPlace {
  createdAt: Date;
  id: string;
}

/** Verifications of a migration, newest first, older than `after`; at most `limit`. */
export async function listVerifications(
  migrationId: string,
  limit: number,
  after: VerificationPlace | null = null,
): Promise<VerificationWithTotals[]> {
  const older = after && {
    OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }],
  };
  const rows = await store().verification.findMany({
    where: { migrationId, ...older },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
  });
  return await withTotals(rows);
}

/** One verification of a migration, or null. */
export async function findVerification(
  migrationId: string,
  verificationId: string,
): Promise<VerificationWithTotals | null> {
  const row = await store().verification.findFirst({ where: { id: verificationId, migrationId } });
  const [found] = row ? await withTotals([row]) : [];
  return found ?? null;
}

async function withTotals(rows: Verification[]): Promise<VerificationWithTotals[]> {
  if (rows.length === 0) return [];
  const totals = await store().$queryRaw<
    {
      id: string;
      total: number;
      done: number;
      different: number;
      unchecked: number;
      estimated: string;
      read: string;
    }[]
  >`
    select verification_id as id, count(*)::int as total,
           (count(*) filter (where state not in ('queued', 'running')))::int as done,
           (count(*) filter (where state = 'different'))::int as different,
           (count(*) filter (where state = 'unchecked'))::int as unchecked,
           sum(bytes_estimated)::text as estimated,
           sum(case when state in ('queued', 'running') then least(bytes_read, bytes_estimated) else bytes_estimated end)::text
             as read
      from verification_item
     where verification_id = any(${rows.map(({ id }) => id)}::text[]::uuid[])
     group by verification_id`;
  return rows.map((row) => {
    const found = totals.find(({ id }) => id === row.id);
    return {
      ...row,
      totals: {
        total: found?.total ?? 0,
        done: found?.done ?? 0,
        different: found?.different ?? 0,
        unchecked: found?.unchecked ?? 0,
        bytesEstimated: Number(found?.estimated ?? 0),
        bytesRead: Number(found?.read ?? 0),
      },
    };
  });
}

export interface ItemFilter {
  database: string | null;
  state: VerificationItemState | null;
  kind: VerifiedKind | null;
  /** Part of "schema.name", without regard to case. */
  search: string | null;
  offset: number;
  limit: number;
}

export interface ItemRow {
  id: bigint;
  database: string;
  kind: string;
  schema: string;
  name: string;
  state: string;
  bytesEstimated: bigint;
  bytesRead: bigint;
  sourceRows: string | null;
  targetRows: string | null;
  sourceChecksum: string | null;
  targetChecksum: string | null;
  differences: number;
  limited: boolean;
  rowsKept: number;
  hasLines: boolean;
  message: string | null;
  ms: number | null;
}

const ITEM_COLUMNS = Prisma.sql`
  i.id, i.database, i.kind, i.schema, i.name, i.state, i.bytes_estimated as "bytesEstimated", i.bytes_read as "bytesRead",
  i.source_rows::text as "sourceRows", i.target_rows::text as "targetRows", i.source_checksum as "sourceChecksum",
  i.target_checksum as "targetChecksum", i.differences, i.limited,
  (select count(*)::int from verification_row r where r.item_id = i.id) as "rowsKept",
  i.schema_lines is not null as "hasLines", i.message, i.ms`;

/** A page of items, different and unchecked first, then running, queued and equal; within these as planned. */
export async function readItemRows(verificationId: string, filter: ItemFilter): Promise<ItemRow[]> {
  return await store().$queryRaw(Prisma.sql`
    select ${ITEM_COLUMNS}
      from verification_item i
     where ${itemConditions(verificationId, filter)}
     order by array_position(array['different', 'unchecked', 'running', 'queued', 'equal'], i.state),
              i.database, array_position(array['schema', 'table', 'materialized-view'], i.kind), i.schema, i.name, i.id
    offset ${filter.offset} limit ${filter.limit}`);
}

/** How many items the filter leaves. */
export async function countItemRows(verificationId: string, filter: ItemFilter): Promise<number> {
  const [row] = await store().$queryRaw<{ total: number }[]>(Prisma.sql`
    select count(*)::int as total from verification_item i where ${itemConditions(verificationId, filter)}`);
  return row?.total ?? 0;
}

function itemConditions(verificationId: string, { database, state, kind, search }: ItemFilter): Prisma.Sql {
  const conditions = [Prisma.sql`i.verification_id = ${verificationId}::uuid`];
  if (database !== null) conditions.push(Prisma.sql`i.database = ${database}`);
  if (state !== null) conditions.push(Prisma.sql`i.state = ${state}`);
  if (kind !== null) conditions.push(Prisma.sql`i.kind = ${kind}`);
  if (search !== null) {
    conditions.push(Prisma.sql`strpos(lower(i.schema || '.' || i.name), lower(${search})) > 0`);
  }
  return Prisma.join(conditions, " and ");
}

/** Items of a verification by state. */
export async function countItemStates(verificationId: string): Promise<Map<string, number>> {
  const groups = await store().verificationItem.groupBy({
    by: ["state"],
    where: { verificationId },
    _count: { _all: true },
  });
  return new Map(groups.map(({ state, _count }) => [state, _count._all]));
}

/** One item of a verification with its schema's lines, or null. */
export async function findItem(
  verificationId: string,
  itemId: bigint,
): Promise<{ id: bigint; schemaLines: unknown } | null> {
  return await store().verificationItem.findFirst({
    where: { id: itemId, verificationId },
    select: { id: true, schemaLines: true },
  });
}

/** A page of an item's differing rows, in the order they were found. */
export async function readDifferingRows(
  itemId: bigint,
  page: { offset: number; limit: number },
): Promise<{ total: number; rows: VerificationRow[] }> {
  const where = { itemId };
  const total = await store().verificationRow.count({ where });
  const rows = await store().verificationRow.findMany({
    where,
    orderBy: { id: "asc" },
    skip: page.offset,
    take: page.limit,
  });
  return { total, rows };
}

/** A differing row with the item it belongs to, for exports. */
export interface ExportedRow {
  id: bigint;
  itemId: bigint;
  database: string;
  schema: string;
  name: string;
  kind: string;
  key: unknown;
  source: unknown;
  target: unknown;
  repair: string | null;
}

/** Where an export's next page begins: after this row. */
export type ExportPosition = Pick<ExportedRow, "itemId" | "kind" | "id">;

export interface ExportPage {
  /** null: all of them. */
  database: string | null;
  /** null: all items. */
  itemId: bigint | null;
  kinds: readonly RowDifferenceKind[];
  reverse: boolean;
  after: ExportPosition | null;
  limit: number;
}

/**
 * Differing rows of a verification in the order of their items (as planned: referenced tables first), changed ones of an item
 * before missing ones; or the reverse of it.
 */
export async function readExportedRows(verificationId: string, page: ExportPage): Promise<ExportedRow[]> {
  const conditions = [
    Prisma.sql`i.verification_id = ${verificationId}::uuid`,
    Prisma.sql`r.kind = any(${[...page.kinds]}::text[])`,
  ];
  if (page.database !== null) conditions.push(Prisma.sql`i.database = ${page.database}`);
  if (page.itemId !== null) conditions.push(Prisma.sql`i.id = ${page.itemId}`);
  if (page.after) {
    const { itemId, kind, id } = page.after;
    const after = Prisma.sql`(${itemId}::bigint, ${kind}::text, ${id}::bigint)`;
    conditions.push(
      page.reverse
        ? Prisma.sql`(r.item_id, r.kind, r.id) < ${after}`
        : Prisma.sql`(r.item_id, r.kind, r.id) > ${after}`,
    );
  }
  const direction = page.reverse ? Prisma.sql`desc` : Prisma.sql`asc`;
  return await store().$queryRaw(Prisma.sql`
    select r.id, r.item_id as "itemId", i.database, i.schema, i.name, r.kind, r.key, r.source, r.target, r.repair
      from verification_row r join verification_item i on i.id = r.item_id
     where ${Prisma.join(conditions, " and ")}
     order by r.item_id ${direction}, r.kind ${direction}, r.id ${direction}
     limit ${page.limit}`);
}

export interface RowCount {
  database: string;
  kind: string;
  /** Has a statement that mends the target. */
  repairable: boolean;
  count: number;
}

/** How many differing rows of each kind a verification, or one item of it, kept, by database. */
export async function countDifferingRows(verificationId: string, itemId: bigint | null): Promise<RowCount[]> {
  return await store().$queryRaw<RowCount[]>`
    select i.database, r.kind, r.repair is not null as repairable, count(*)::int as count
      from verification_row r join verification_item i on i.id = r.item_id
     where i.verification_id = ${verificationId}::uuid and (${itemId}::bigint is null or i.id = ${itemId}::bigint)
     group by 1, 2, 3
     order by 1, 2, 3`;
}
