import type { MigrationDatabase, Prisma } from "@/lib/generated/prisma/client";
import type { StoredFollowFigures, UnfollowedTable } from "@/lib/migrations/follow-figures";
import type { CutoverResult } from "@/lib/migrations/read-model";
import type { StoreClient } from "../client";

/** Changes applied to a table since its rows were copied; absolute, so writing them twice does no harm. */
export interface TableChangesRow {
  databaseId: string;
  schema: string;
  name: string;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
}

/** What is new of a followed database; what is absent stays. */
export interface FollowChange {
  phase?: "catch-up" | "cutover";
  figures?: StoredFollowFigures;
  stopped?: readonly UnfollowedTable[];
  caughtUpAt?: Date;
  rehearsal?: CutoverResult;
}

/** Writes what is new of one followed database. */
export async function writeFollowChange(
  db: StoreClient,
  databaseId: string,
  change: FollowChange,
): Promise<void> {
  const { phase, figures, stopped, caughtUpAt, rehearsal } = change;
  await db.migrationDatabase.update({
    where: { id: databaseId },
    data: {
      ...(phase ? { phase } : {}),
      ...(figures ? { followFigures: figures as Prisma.InputJsonObject } : {}),
      ...(stopped ? { stoppedTables: stopped as unknown as Prisma.InputJsonArray } : {}),
      ...(caughtUpAt ? { caughtUpAt, state: "WaitingForCutoverTrigger" } : {}),
      ...(rehearsal
        ? { rehearsal: rehearsal as unknown as Prisma.InputJsonObject, rehearsalRequestedAt: null }
        : {}),
    },
  });
  if (stopped) await markUnfollowed(db, databaseId, stopped);
}

async function markUnfollowed(
  db: StoreClient,
  databaseId: string,
  tables: readonly UnfollowedTable[],
): Promise<void> {
  await db.$executeRaw`
    update migration_table t set unfollowed = u.reason
      from unnest(
        ${tables.map((table) => table.schema)}::text[],
        ${tables.map((table) => table.name)}::text[],
        ${tables.map((table) => table.reason)}::text[]) as u (schema, name, reason)
     where t.database_id = ${databaseId}::uuid and t.schema = u.schema and t.name = u.name`;
}

/** Writes the counters of any number of tables in one statement. */
export async function writeTableChanges(db: StoreClient, tables: readonly TableChangesRow[]): Promise<void> {
  if (tables.length === 0) return;
  const texts = (value: (table: TableChangesRow) => number) => tables.map((table) => String(value(table)));
  await db.$executeRaw`
    update migration_table t
       set inserts = u.inserts, updates = u.updates, deletes = u.deletes, truncates = u.truncates
      from unnest(
        ${tables.map((table) => table.databaseId)}::text[]::uuid[],
        ${tables.map((table) => table.schema)}::text[],
        ${tables.map((table) => table.name)}::text[],
        ${texts((table) => table.inserts)}::text[]::bigint[],
        ${texts((table) => table.updates)}::text[]::bigint[],
        ${texts((table) => table.deletes)}::text[]::bigint[],
        ${texts((table) => table.truncates)}::text[]::bigint[]
      ) as u (database_id, schema, name, inserts, updates, deletes, truncates)
     where t.database_id = u.database_id and t.schema = u.schema and t.name = u.name`;
}

/** Counters of the tables of a database that have any: where a later run goes on counting. */
export async function readTableChanges(db: StoreClient, databaseId: string): Promise<TableChangesRow[]> {
  const rows = await db.migrationTable.findMany({
    where: {
      databaseId,
      OR: [{ inserts: { gt: 0 } }, { updates: { gt: 0 } }, { deletes: { gt: 0 } }, { truncates: { gt: 0 } }],
    },
    select: { schema: true, name: true, inserts: true, updates: true, deletes: true, truncates: true },
  });
  return rows.map(({ schema, name, inserts, updates, deletes, truncates }) => ({
    databaseId,
    schema,
    name,
    inserts: Number(inserts),
    updates: Number(updates),
    deletes: Number(deletes),
    truncates: Number(truncates),
  }));
}

/** A database begins to follow, or goes on to: whatever it waited for is over. */
export async function openFollowing(db: StoreClient, database: MigrationDatabase): Promise<void> {
  const state = database.caughtUpAt === null ? "InProgress" : "WaitingForCutoverTrigger";
  await db.migrationDatabase.update({
    where: { id: database.id },
    data: { state, phase: "catch-up", message: null, endedAt: null, tablesLoading: 0 },
  });
}

/** The target has everything of the source but what the cutover names; what is left is to clean up. */
export async function writeCutover(
  db: StoreClient,
  databaseId: string,
  cutover: CutoverResult,
): Promise<void> {
  await db.migrationTable.updateMany({
    where: { databaseId, unfollowed: { not: null } },
    data: { unfollowed: null },
  });
  await writeFollowChange(db, databaseId, { stopped: cutover.unfollowed });
  await db.migrationDatabase.update({
    where: { id: databaseId },
    data: { cutover: cutover as unknown as Prisma.InputJsonObject },
  });
}
