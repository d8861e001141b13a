import type { Prisma } from "@/lib/generated/prisma/client";
import { type PhaseChange, parsePhases, withPhaseChanges } from "@/lib/migrations/phases";
import type { StoreClient } from "./client";

/** One database leaves whatever phase it is in: it has ended. The caller holds the migration's row. */
export async function leavePhases(db: StoreClient, migrationId: string, databaseId: string): Promise<void> {
  const row = await db.migration.findUniqueOrThrow({ where: { id: migrationId }, select: { phases: true } });
  const at = new Date().toISOString();
  const open = parsePhases(row.phases).filter(({ inside = [] }) => inside.includes(databaseId));
  await writePhases(
    db,
    migrationId,
    open.map(({ phase }) => ({ phase, change: "ended" as const, at, databaseId })),
  );
}

/** Applies phase starts and ends to the migration's row; the caller holds it. */
export async function writePhases(
  db: StoreClient,
  migrationId: string,
  changes: readonly PhaseChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const row = await db.migration.findUniqueOrThrow({ where: { id: migrationId }, select: { phases: true } });
  const phases = withPhaseChanges(parsePhases(row.phases), changes);
  await db.migration.update({
    where: { id: migrationId },
    data: { phases: phases as unknown as Prisma.InputJsonArray },
  });
}
