import { endDatabase } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { leavePhases } from "@/lib/store/phases";
import { fenced } from "@/lib/store/run";
import { stopLoading } from "@/lib/store/table-progress";
import { dropTarget } from "./cancel-migration";
import { targetNameOf } from "./endpoints";
import type { DatabaseTask } from "./migrate-database";
import { dropCaptureOf } from "./online/drop-captures";
import type { RunContext } from "./run-context";

/**
 * Ends one database of a migration whose others go on: the engine has stopped; removes its slot and, when asked to, the database
 * this migration made. Throws the signal's reason, and what the store throws.
 */
export async function endCanceled(context: RunContext, { database, endpoints }: DatabaseTask): Promise<void> {
  const { run } = context;
  await fenced(run, async (db) => {
    await stopLoading(db, [database.id]);
    await db.migrationDatabase.update({
      where: { id: database.id },
      data: { state: "Canceling", tablesLoading: 0 },
    });
  });
  await dropCaptureOf(context, endpoints, database);
  const dropped =
    (await wantsDrop(context, database.id)) && (await dropTarget(context, async () => endpoints, database));
  const left = !dropped && (database.createdOnTarget || (database.existsOnTarget && database.state !== null));
  const remains = left ? ` What it brought to the target's ${targetNameOf(database)} stays there.` : "";
  await fenced(run, async (db) => {
    await endDatabase(db, database.id, "Canceled", null);
    await leavePhases(db, run.migrationId, database.id);
    await appendEvents(db, run.migrationId, [
      {
        level: "info",
        kind: "database-canceled",
        database: database.name,
        message: `Canceled; the other databases go on.${remains}`,
      },
    ]);
  });
}

async function wantsDrop({ run }: RunContext, databaseId: string): Promise<boolean> {
  return await fenced(run, async (db) => {
    const row = await db.migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
    return row.dropTargetOnCancel;
  });
}
