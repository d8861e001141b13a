import type { Migration } from "@/lib/generated/prisma/client";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { transition } from "@/lib/migrations/state-table";
import { isTerminal, type MigrationState } from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import type { StoreClient } from "./client";
import { appendEvents } from "./events";
import { enqueueMigration } from "./job-queue";
import { deleteSecrets, writeSecret } from "./secrets";
import { asObject, change, demand, notAllowed, statusOf, type Wish, wake } from "./wish";

/**
 * Asks for the end of a migration. One that a worker runs is stopped by it within seconds; one that no worker ever took or
 * that waits for the user is canceled at once. Repeating it changes nothing. `dropTargets`: also drop the target databases
 * this migration created. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED (already ended).
 */
export function requestCancel(wish: CancelWish): Promise<Migration> {
  return change(wish, (db, migration) => requestCancelOf(db, migration, wish));
}

export type CancelWish = Wish & { reason?: string | undefined; dropTargets?: boolean | undefined };

/** The same for a caller that holds the migration's row. */
export async function requestCancelOf(
  db: StoreClient,
  migration: Migration,
  wish: CancelWish,
): Promise<Migration> {
  if (migration.cancelRequestedAt) return migration;
  demand(migration, allowedActions(statusOf(migration)).cancel, "cancel");
  const asked = await db.migration.update({
    where: { id: migration.id },
    data: {
      cancelRequestedAt: new Date(),
      cancelReason: wish.reason ?? null,
      dropTargetsOnCancel: wish.dropTargets ?? false,
      version: { increment: 1 },
    },
  });
  await appendEvents(db, migration.id, [
    {
      level: "info",
      kind: "cancel-requested",
      message: `Cancel requested by ${wish.actor}${wish.reason ? `: ${wish.reason}` : ""}.`,
    },
  ]);
  if (await isUntouched(db, migration)) return await cancelAtOnce(db, asked);
  // Everything that neither waits nor is paused has a job already, active or queued.
  if (isWaiting(migration) || migration.pausedAt !== null) await enqueueMigration(db, migration.id);
  return asked;
}

/** Allows overwriting the databases the migration asked about. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED. */
export function confirmOverwrite(wish: Wish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, allowedActions(statusOf(migration)).confirmOverwrite, "confirm overwriting");
    const properties = { ...asObject(migration.properties), overwriteDbsInTarget: "True" };
    await wake(db, wish, "Overwriting the databases on the target was confirmed");
    return await db.migration.update({
      where: { id: migration.id },
      data: { overwriteConfirmed: true, properties, version: { increment: 1 } },
    });
  });
}

/** Names the databases of a migration that waits for them. Throws CodedError MIGRATION_NOT_FOUND, ACTION_NOT_ALLOWED or NO_DATABASES. */
export function specifyDatabases(wish: Wish & { databases: readonly string[] }): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, allowedActions(statusOf(migration)).specifyDatabases, "choose databases");
    const names = [...new Set(wish.databases)];
    if (names.length === 0) throw new CodedError("NO_DATABASES", "No database was named.");
    await db.migrationDatabase.deleteMany({ where: { migrationId: migration.id } });
    await db.migrationDatabase.createMany({
      data: names.map((name, position) => ({ migrationId: migration.id, name, position })),
    });
    await wake(db, wish, `Databases were chosen: ${names.join(", ")}`);
    return await db.migration.update({
      where: { id: migration.id },
      data: {
        properties: { ...asObject(migration.properties), dbsToMigrate: names },
        version: { increment: 1 },
      },
    });
  });
}

/**
 * Sets when the copy of a migration starts that has not begun it: as soon as everything else is ready, at `windowStart`, or
 * with `hold` not before it is asked for. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function startDataMigration(
  wish: Wish & { windowStart?: Date | undefined; hold?: boolean },
): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, allowedActions(statusOf(migration)).schedule, "set the start of the data migration");
    const { migrationWindowStartTimeInUtc: _, startDataMigration, ...rest } = asObject(migration.properties);
    const properties = wish.windowStart
      ? {
          ...rest,
          ...(startDataMigration === "False" ? { startDataMigration } : {}),
          migrationWindowStartTimeInUtc: wish.windowStart.toISOString(),
        }
      : { ...rest, startDataMigration: wish.hold ? "False" : "True" };
    await wake(db, wish, "The start of the data migration was set");
    return await db.migration.update({
      where: { id: migration.id },
      data: { properties, version: { increment: 1 } },
    });
  });
}

/** Replaces passwords of a migration that has not ended. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED. */
export function replacePasswords(
  wish: Wish & { source?: string | undefined; target?: string | undefined },
): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, !isTerminal(migration.state as MigrationState), "replace passwords");
    if (wish.source) await writeSecret(db, migration.id, "source", wish.source);
    if (wish.target) await writeSecret(db, migration.id, "target", wish.target);
    await appendEvents(db, migration.id, [
      { level: "info", kind: "wish-received", message: `Passwords were replaced by ${wish.actor}.` },
    ]);
    return await db.migration.update({ where: { id: migration.id }, data: { version: { increment: 1 } } });
  });
}

/**
 * Removes an ended migration with its report and log. One whose slot may still be on its source stays until that is removed,
 * unless `abandonSlots`. Throws CodedError MIGRATION_NOT_FOUND, ACTION_NOT_ALLOWED, CAPTURE_REMAINS or TARGET_NOT_RESTORED.
 */
export function removeMigration(wish: Wish & { abandonSlots?: boolean }): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, allowedActions(statusOf(migration)).delete, "remove");
    const left = await db.migrationDatabase.findMany({
      where: { migrationId: migration.id, captureName: { not: null } },
      select: { name: true, captureName: true },
    });
    if (wish.abandonSlots !== true) {
      if (left.length > 0) throw captureRemains(migration, left);
      if (migration.targetTuning !== null) throw targetNotRestored(migration);
    }
    return await db.migration.delete({ where: { id: migration.id } });
  });
}

function targetNotRestored({ name }: Migration): CodedError {
  return new CodedError(
    "TARGET_NOT_RESTORED",
    "Parameters of the target are not as they were before the migration. Howdah tries to put them back every minute, and needs this record for that.",
    { subject: name },
  );
}

function captureRemains(
  migration: Migration,
  left: readonly { name: string; captureName: string | null }[],
): CodedError {
  const slots = left.map(({ name, captureName }) => `${captureName} (database ${name})`).join(", ");
  return new CodedError(
    "CAPTURE_REMAINS",
    `The source may still keep WAL for ${slots}. Howdah tries to remove it every minute, and needs this record for that.`,
    { subject: migration.name },
  );
}

/** True when nothing of the migration runs or lies on the target: no worker ever took it, or it waits and created nothing. */
async function isUntouched(db: StoreClient, migration: Migration): Promise<boolean> {
  if (migration.runEpoch === 0) return true;
  // Azure's service may have begun it: it has to be told.
  if (!isWaiting(migration) || migration.azureRun !== null) return false;
  const touched = { OR: [{ createdOnTarget: true }, { captureName: { not: null } }] };
  return (await db.migrationDatabase.count({ where: { migrationId: migration.id, ...touched } })) === 0;
}

/** True when the migration waits and no worker holds it; an online one that waits for its cutover is held, and what Azure runs. */
function isWaiting({ state, substate, azureRun }: Migration): boolean {
  if (azureRun !== null) return false;
  if (substate === "WaitingForCutoverTrigger") return false;
  return state === "WaitingForUserAction" || substate === "WaitingForDataMigrationWindow";
}

/** Ends the migration here: there is nothing a worker would have to stop or clean up. Its job finds an ended migration. */
async function cancelAtOnce(db: StoreClient, migration: Migration): Promise<Migration> {
  const canceling = transition(statusOf(migration), "cancel");
  const canceled = typeof canceling === "object" ? transition(canceling, "canceled") : canceling;
  if (typeof canceled !== "object") throw notAllowed(migration, "cancel");
  await deleteSecrets(db, migration.id);
  await appendEvents(db, migration.id, [
    { level: "info", kind: "ended", message: "Canceled. Nothing had been changed on the target." },
  ]);
  return await db.migration.update({
    where: { id: migration.id },
    data: {
      ...canceled,
      endedAt: new Date(),
      // Whatever worker takes the job meanwhile holds an older epoch and cannot write.
      runEpoch: { increment: 1 },
      version: { increment: 1 },
    },
  });
}
