import { Prisma } from "@/lib/generated/prisma/client";
import type { TableState } from "@/lib/migrations/vocabulary";
import type { StoreClient } from "./client";
import { rowChunks } from "./row-chunks";

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

/**
 * Replaces the tables of a database by a plan, within the caller's transaction. Of a table that an earlier run has completed,
 * format and times stay: should its rows be kept, they are still true.
 */
export async function writePlan(
  db: StoreClient,
  databaseId: string,
  tables: readonly PlannedTableRow[],
): Promise<void> {
  await db.$executeRaw`
    delete from migration_table where database_id = ${databaseId}::uuid and state <> 'completed'`;
  for (const some of rowChunks(tables)) await queueTables(db, databaseId, some);
  // All of the plan are queued now.
  await db.$executeRaw`
    delete from migration_table where database_id = ${databaseId}::uuid and state = 'completed'`;
}

async function queueTables(
  db: StoreClient,
  databaseId: string,
  tables: readonly PlannedTableRow[],
): Promise<void> {
  await db.$executeRaw`
    insert into migration_table as t (database_id, schema, name, bytes_estimated, rows_estimated)
    select ${databaseId}::uuid, u.* from unnest(
      ${tables.map((table) => table.schema)}::text[],
      ${tables.map((table) => table.name)}::text[],
      ${tables.map((table) => whole(table.bytesEstimated))}::text[]::bigint[],
      ${tables.map((table) => whole(table.rowsEstimated))}::text[]::bigint[]) as u
    on conflict (database_id, schema, name) do update
      set state = 'queued', bytes_copied = 0, rows_copied = 0,
          bytes_estimated = excluded.bytes_estimated, rows_estimated = excluded.rows_estimated`;
}

/**
 * Writes the progress of any number of tables. A completed table without an end was completed by an earlier run: what that
 * noted of it stays.
 */
export async function writeTableProgress(
  db: StoreClient,
  tables: readonly TableProgressRow[],
): Promise<void> {
  for (const some of rowChunks(tables)) await updateTables(db, some);
}

async function updateTables(db: StoreClient, tables: readonly TableProgressRow[]): Promise<void> {
  await db.$executeRaw`
    update migration_table t
    set state = u.state, bytes_copied = u.bytes, rows_copied = u.rows,
        format = case when u.kept then t.format else u.format end,
        attempts = case when u.kept then t.attempts else u.attempts end,
        started_at = case when u.kept then t.started_at else u.started_at end,
        ended_at = case when u.kept then t.ended_at else u.ended_at end
    from (select *, x.state = 'completed' and x.ended_at is null as kept from unnest(
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
    ) as x (database_id, schema, name, state, format, bytes, rows, attempts, started_at, ended_at)) as u
    where t.database_id = u.database_id and t.schema = u.schema and t.name = u.name`;
}

/** Tables of a database that were loading when it ended unfinished go back to queued: nothing loads them any more. */
export async function stopLoading(db: StoreClient, databaseIds: readonly string[]): Promise<void> {
  if (databaseIds.length === 0) return;
  await db.$executeRaw(Prisma.sql`
    with loading as (
      select database_id, sum(rows_copied) as rows from migration_table
       where database_id = any(${[...databaseIds]}::text[]::uuid[]) and state = 'loading' group by database_id
    ), stopped as (
      update migration_table t set state = 'queued', ended_at = null, rows_copied = 0
        from loading where t.database_id = loading.database_id and t.state = 'loading'
    )
    update migration_database d set rows_copied = greatest(0, d.rows_copied - loading.rows)
      from loading where d.id = loading.database_id`);
}

/** The same for all databases of a migration, and their count of loading tables with them. */
export async function stopLoadingOf(db: StoreClient, migrationId: string): Promise<void> {
  const databases = await db.migrationDatabase.findMany({ where: { migrationId }, select: { id: true } });
  await stopLoading(
    db,
    databases.map(({ id }) => id),
  );
  await db.$executeRaw`
    update migration_database set tables_queued = tables_queued + tables_loading, tables_loading = 0
    where migration_id = ${migrationId}::uuid and tables_loading > 0`;
}

/** Prisma has no parameter type for an array of bigint: decimal text crosses instead. */
function whole(value: number): string {
  return String(Math.max(0, Math.round(value)));
}
