import { type MigrationDatabase, Prisma } from "@/lib/generated/prisma/client";
import type { DatabaseState } from "@/lib/migrations/vocabulary";
import type { StoreClient } from "./client";
import { storable } from "./events";

export type DatabasePhase =
  | "queued"
  | "schema"
  | "copy"
  | "indexes"
  | "finish"
  | "catch-up"
  | "cutover"
  | "done";

/** Counters of one database; absolute, so writing them twice does no harm. */
export interface DatabaseCounters {
  phase: DatabasePhase;
  bytesEstimated: number;
  bytesCopied: number;
  rowsCopied: number;
  tablesQueued: number;
  tablesLoading: number;
  tablesCompleted: number;
  tablesErrored: number;
  indexesTotal: number;
  indexesDone: number;
}

/** A database is being worked on, anew or again: what failed before may succeed now, the progress stays as it is. */
export async function openDatabase(db: StoreClient, databaseId: string, startedAt: Date): Promise<void> {
  await db.migrationProblem.deleteMany({ where: { databaseId } });
  await db.migrationDatabase.update({
    where: { id: databaseId },
    data: { state: "InProgress", startedAt, endedAt: null, message: null },
  });
}

/** Says what the database waits for. */
export async function writeMessage(db: StoreClient, databaseId: string, message: string): Promise<void> {
  await db.migrationDatabase.update({ where: { id: databaseId }, data: { message: storable(message) } });
}

/** Forgets the progress of an earlier attempt, of which nothing is on the target any more. */
export async function resetDatabase(db: StoreClient, databaseId: string): Promise<void> {
  await db.migrationTable.deleteMany({ where: { databaseId } });
  await db.migrationDatabase.update({
    where: { id: databaseId },
    data: {
      caughtUpAt: null,
      followFigures: Prisma.DbNull,
      stoppedTables: [],
      phase: "queued",
      bytesEstimated: 0,
      bytesCopied: 0,
      rowsCopied: 0,
      tablesQueued: 0,
      tablesLoading: 0,
      tablesCompleted: 0,
      tablesErrored: 0,
      indexesTotal: 0,
      indexesDone: 0,
    },
  });
}

/** The database's row: its counters as an earlier run left them. */
export async function readCounters(db: StoreClient, databaseId: string): Promise<MigrationDatabase> {
  return await db.migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
}

/** Writes the counters of one database. */
export async function writeCounters(
  db: StoreClient,
  databaseId: string,
  counters: DatabaseCounters,
): Promise<void> {
  await db.migrationDatabase.update({ where: { id: databaseId }, data: counters });
}

/** Ends a database. */
export async function endDatabase(
  db: StoreClient,
  databaseId: string,
  state: Extract<DatabaseState, "Succeeded" | "Failed" | "Canceled">,
  message: string | null,
): Promise<void> {
  const data: Prisma.MigrationDatabaseUpdateInput = { state, message, endedAt: new Date() };
  if (state === "Succeeded") data.phase = "done";
  await db.migrationDatabase.update({ where: { id: databaseId }, data });
}

/** Moves every database that has not ended to `state`. */
export async function writeStateOfOpen(
  db: StoreClient,
  migrationId: string,
  state: "Canceling" | "Canceled",
): Promise<void> {
  await db.migrationDatabase.updateMany({
    where: {
      migrationId,
      OR: [{ state: null }, { state: { in: ["InProgress", "WaitingForCutoverTrigger", "Canceling"] } }],
    },
    data: state === "Canceled" ? { state, endedAt: new Date(), tablesLoading: 0 } : { state },
  });
}
