import { Prisma } from "@/lib/generated/prisma/client";
import type { TableState } from "@/lib/migrations/vocabulary";
import type { StoreClient } from "./client";

/** A table of a plan: queued, nothing copied. */
export interface PlannedTableRow {
  schema: string;
  name: string;
  bytesEstimated: number;
  rowsEstimated: number;
}

/** Where a table is now; every figure is absolute, so writing it twice does no harm. */
export interface TableProgressRow {
  databaseId: string;
  schema: string;
  name: string;
  state: TableState;
  format: "binary" | "text" | null;
  bytesCopied: number;
  rowsCopied: number;
  attempts: number;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** Replaces the tables of a database by a plan, in one statement whatever their number. */
export async function writePlan(
  db: StoreClient,
  databaseId: string,
  tables: readonly PlannedTableRow[],
): Promise<void> {
  await db.migrationTable.deleteMany({ where: { databaseId } });
  if (tables.length === 0) return;
  await db.$executeRaw`
    insert into migration_table (database_id, schema, name, bytes_estimated, rows_estimated)
    select ${databaseId}::uuid, u.* from unnest(
      ${tables.map((table) => table.schema)}::text[],
      ${tables.map((table) => table.name)}::text[],
      ${tables.map((table) => whole(table.bytesEstimated))}::text[]::bigint[],
      ${tables.map((table) => whole(table.rowsEstimated))}::text[]::bigint[]) as u
    on conflict (database_id, schema, name) do nothing`;
}

/** Writes the progress of any number of tables in one statement. */
export async function writeTableProgress(
  db: StoreClient,
  tables: readonly TableProgressRow[],
): Promise<void> {
  if (tables.length === 0) return;
  await db.$executeRaw`
    update migration_table t
    set state = u.state, format = u.format, bytes_copied = u.bytes, rows_copied = u.rows, attempts = u.attempts,
        started_at = u.started_at, ended_at = u.ended_at
    from unnest(
      ${tables.map((table) => table.databaseId)}::text[]::uuid[],
      ${tables.map((table) => table.schema)}::text[],
      ${tables.map((table) => table.name)}::text[],
      ${tables.map((table) => table.state)}::text[],
      ${tables.map((table) => table.format)}::text[],
      ${tables.map((table) => whole(table.bytesCopied))}::text[]::bigint[],
      ${tables.map((table) => whole(table.rowsCopied))}::text[]::bigint[],
      ${tables.map((table) => table.attempts)}::int[],
      ${tables.map((table) => table.startedAt?.toISOString() ?? null)}::text[]::timestamptz[],
      ${tables.map((table) => table.endedAt?.toISOString() ?? null)}::text[]::timestamptz[]
    ) as u(database_id, schema, name, state, format, bytes, rows, attempts, started_at, ended_at)
    where t.database_id = u.database_id and t.schema = u.schema and t.name = u.name`;
}

/** Tables of a database that were loading when it ended unfinished go back to queued: nothing loads them any more. */
export async function stopLoading(db: StoreClient, databaseIds: readonly string[]): Promise<void> {
  if (databaseIds.length === 0) return;
  await db.$executeRaw(Prisma.sql`
    update migration_table set state = 'queued', ended_at = null
    where database_id = any(${[...databaseIds]}::text[]::uuid[]) and state = 'loading'`);
}

/** Prisma has no parameter type for an array of bigint: decimal text crosses instead. */
function whole(value: number): string {
  return String(Math.max(0, Math.round(value)));
}
