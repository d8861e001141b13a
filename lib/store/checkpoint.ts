import { Prisma } from "@/lib/generated/prisma/client";
import type { OutputPluginName } from "@/lib/migrations/vocabulary";
import type { StoreClient } from "./client";
import { rowChunks } from "./row-chunks";

/** Rows of a table, or of a range of them, that are on the target for good. */
export interface StoredPart {
  schema: string;
  name: string;
  part: number;
  parts: number;
  rows: number;
  bytes: number;
  /** Position of the source's WAL they are of; null when its changes are not followed. */
  lsn?: string | null;
}

/** What is kept of a database's checkpoint; null when there is none. `head` is as it was written. */
export async function readCheckpoint(
  db: StoreClient,
  databaseId: string,
): Promise<{ head: unknown; parts: StoredPart[]; follow: unknown } | null> {
  const checkpoint = await db.migrationCheckpoint.findUnique({ where: { databaseId } });
  if (!checkpoint) return null;
  const rows = await db.migrationPart.findMany({
    where: { databaseId },
    select: { schema: true, name: true, part: true, parts: true, rows: true, bytes: true, lsn: true },
  });
  const parts = rows.map((row) => ({ ...row, rows: Number(row.rows), bytes: Number(row.bytes) }));
  return { head: checkpoint.head, parts, follow: checkpoint.followStart };
}

/** Replaces the head and keeps the parts. */
export async function writeCheckpointHead(
  db: StoreClient,
  databaseId: string,
  head: Prisma.InputJsonObject,
): Promise<void> {
  const written = { where: { databaseId }, update: { head }, create: { databaseId, head } };
  await db.migrationCheckpoint.upsert({ ...written, select: { databaseId: true } });
}

/** All rows have moved: what is left is to follow the changes. Throws when the checkpoint was never begun. */
export async function writeFollowStart(
  db: StoreClient,
  databaseId: string,
  start: Prisma.InputJsonObject,
  outputPlugin: OutputPluginName,
): Promise<void> {
  // Prisma would hold several copies of it, and it is megabytes.
  const written = await db.$executeRaw`
    update migration_checkpoint set follow_start = ${JSON.stringify(start)}::jsonb where database_id = ${databaseId}::uuid`;
  if (written === 0) throw new Error(`Database ${databaseId} has no checkpoint to be followed from.`);
  await db.migrationDatabase.update({ where: { id: databaseId }, data: { outputPlugin } });
}

/** Nothing of the source's changes can be gone on with. */
export async function forgetFollowStart(db: StoreClient, databaseId: string): Promise<void> {
  await db.migrationCheckpoint.updateMany({ where: { databaseId }, data: { followStart: Prisma.DbNull } });
}

/** Ids of a migration's databases whose rows are all there, and whose changes are followed. */
export async function listFollowed(db: StoreClient, migrationId: string): Promise<ReadonlySet<string>> {
  const rows = await db.migrationCheckpoint.findMany({
    where: { database: { migrationId }, followStart: { not: Prisma.DbNull } },
    select: { databaseId: true },
  });
  return new Set(rows.map(({ databaseId }) => databaseId));
}

/** Adds any number of parts; one that is known already is replaced. */
export async function appendParts(
  db: StoreClient,
  databaseId: string,
  parts: readonly StoredPart[],
): Promise<void> {
  // One statement cannot touch a row twice: of a part named twice the last word counts.
  const unique = [
    ...new Map(parts.map((part) => [JSON.stringify([part.schema, part.name, part.part]), part])).values(),
  ];
  for (const some of rowChunks(unique)) await appendSome(db, databaseId, some);
}

async function appendSome(db: StoreClient, databaseId: string, unique: readonly StoredPart[]): Promise<void> {
  await db.$executeRaw`
    insert into migration_part (database_id, schema, name, part, parts, rows, bytes, lsn)
    select ${databaseId}::uuid, u.* from unnest(
      ${unique.map((part) => part.schema)}::text[],
      ${unique.map((part) => part.name)}::text[],
      ${unique.map((part) => part.part)}::int[],
      ${unique.map((part) => part.parts)}::int[],
      ${unique.map((part) => String(part.rows))}::text[]::bigint[],
      ${unique.map((part) => String(part.bytes))}::text[]::bigint[],
      ${unique.map((part) => part.lsn ?? null)}::text[]) as u
    on conflict (database_id, schema, name, part)
      do update set parts = excluded.parts, rows = excluded.rows, bytes = excluded.bytes, lsn = excluded.lsn`;
}

/** Removes every part of the tables. */
export async function forgetParts(
  db: StoreClient,
  databaseId: string,
  tables: readonly { schema: string; name: string }[],
): Promise<void> {
  if (tables.length === 0) return;
  await db.$executeRaw`
    delete from migration_part p
    using unnest(
      ${tables.map((table) => table.schema)}::text[],
      ${tables.map((table) => table.name)}::text[]) as u (schema, name)
    where p.database_id = ${databaseId}::uuid and p.schema = u.schema and p.name = u.name`;
}

/** Removes every part, of all tables. */
async function forgetAllParts(db: StoreClient, databaseId: string): Promise<void> {
  await db.migrationPart.deleteMany({ where: { databaseId } });
}

/** Removes head and parts: nothing is known any more. */
export async function clearCheckpoint(db: StoreClient, databaseId: string): Promise<void> {
  await forgetAllParts(db, databaseId);
  await db.migrationCheckpoint.deleteMany({ where: { databaseId } });
}
