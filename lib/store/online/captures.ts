import type { MigrationDatabase, Prisma } from "@/lib/generated/prisma/client";
import { forgetFollowStart } from "../checkpoint";
import { type StoreClient, store } from "../client";
import type { LoadedMigration } from "../run";

/** Six letters and digits that the slots of this installation carry, so that its own are told from those of others. */
export async function readInstallationMark(db: StoreClient): Promise<string> {
  const { mark } = await db.installation.findUniqueOrThrow({ where: { id: 1 } });
  return mark;
}

/** Notes the name of slot, publication and origin; before any of them is made, so that a crash leaves none unknown. */
export async function writeCaptureName(db: StoreClient, databaseId: string, name: string): Promise<void> {
  await db.migrationDatabase.update({ where: { id: databaseId }, data: { captureName: name } });
}

/**
 * Nothing of the capture is on either server any more, so nothing can be gone on with. What the following had come to stays to
 * be shown.
 */
export async function forgetCapture(db: StoreClient, databaseId: string): Promise<void> {
  await forgetFollowStart(db, databaseId);
  await db.migrationDatabase.update({ where: { id: databaseId }, data: { captureName: null } });
}

/** Migrations that have, or may have, something on a source. */
export async function findMigrationsWithCaptures(): Promise<string[]> {
  const rows = await store().migrationDatabase.findMany({
    where: { captureName: { not: null } },
    select: { migrationId: true },
    distinct: ["migrationId"],
  });
  return rows.map(({ migrationId }) => migrationId);
}

/** Databases of a migration whose slot is, or may be, still on the source. */
export async function countCaptures(db: StoreClient, migrationId: string): Promise<number> {
  return await db.migrationDatabase.count({ where: { migrationId, captureName: { not: null } } });
}

const WITH_DATABASES = {
  server: true,
  databases: { orderBy: { position: "asc" } },
} as const satisfies Prisma.MigrationInclude;

/** Databases that have ended, or whose migration has, and still have something on their source. */
export async function findLeftCaptures(): Promise<
  { migration: LoadedMigration; databases: MigrationDatabase[] }[]
> {
  const ended = ["Succeeded", "Failed", "Canceled"];
  const left = {
    captureName: { not: null },
    OR: [{ state: { in: ended } }, { migration: { substate: "Completed" } }],
  } satisfies Prisma.MigrationDatabaseWhereInput;
  const migrations = await store().migration.findMany({
    where: { databases: { some: left } },
    include: WITH_DATABASES,
  });
  return migrations.map((migration) => ({
    migration,
    databases: migration.databases.filter(
      ({ captureName, state }) =>
        captureName !== null && (migration.substate === "Completed" || ended.includes(state ?? "")),
    ),
  }));
}

/** Migrations that are paused while their sources keep WAL for them. */
export async function findPausedWithCaptures(): Promise<LoadedMigration[]> {
  return await store().migration.findMany({
    where: { pausedAt: { not: null }, databases: { some: { captureName: { not: null } } } },
    include: WITH_DATABASES,
  });
}
