import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { writeStateOfOpen } from "@/lib/store/database-progress";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { advance, fenced, type LoadedMigration } from "@/lib/store/run";
import { stopLoading } from "@/lib/store/table-progress";
import { restoreTarget } from "./azure/restore-target";
import { findDatabaseOid } from "./database-oid";
import { maintenanceOf, openEndpoints, type ServerEndpoints, targetNameOf } from "./endpoints";
import { dropCapturesOf } from "./online/drop-captures";
import type { RunContext, StepResult } from "./run-context";

/** CancelingRequestedDBMigrations: the engine has stopped; drops what was asked to be dropped and says what stays. */
export async function cancelMigration(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const { run } = context;
  await fenced(run, (db) => writeStateOfOpen(db, run.migrationId, "Canceling"));
  await dropCapturesOf(context, migration);
  await restoreTarget(context, migration);
  const dropped = migration.dropTargetsOnCancel ? await dropCreated(context, migration) : [];
  const left = migration.databases.filter(
    ({ state, createdOnTarget, existsOnTarget, name }) =>
      !dropped.includes(name) && (createdOnTarget || (existsOnTarget && state !== null)),
  );
  await fenced(run, async (db) => {
    await stopLoading(
      db,
      migration.databases.map(({ id }) => id),
    );
    await writeStateOfOpen(db, run.migrationId, "Canceled");
    await appendEvents(db, run.migrationId, [remainder(left)]);
  });
  await advance(run, "canceled");
  return "continue";
}

/** Drops the target databases this migration created; one that cannot be dropped is reported and stays. Returns the dropped ones. */
async function dropCreated(context: RunContext, migration: LoadedMigration): Promise<string[]> {
  const created = migration.databases.filter(({ createdOnTarget }) => createdOnTarget);
  const endpoints = () => openEndpoints(migration);
  const dropped: string[] = [];
  for (const database of created)
    if (await dropTarget(context, endpoints, database)) dropped.push(database.name);
  return dropped;
}

/** Drops the target database this migration created; false when there is none, or it cannot be dropped, which is reported. */
export async function dropTarget(
  { run, engine, signal }: RunContext,
  endpoints: () => Promise<ServerEndpoints>,
  database: MigrationDatabase,
): Promise<boolean> {
  const { id, name } = database;
  if (!database.createdOnTarget) return false;
  const targetName = targetNameOf(database);
  try {
    const maintenance = maintenanceOf((await endpoints()).target, targetName);
    const oid = await findDatabaseOid(maintenance, targetName, signal);
    if (database.createdOid !== null && oid !== null && oid !== database.createdOid) return false;
    await engine.dropTargetDatabase({ target: maintenance, name: targetName, signal });
    await fenced(run, async (db) => {
      await db.migrationDatabase.update({
        where: { id },
        data: { createdOnTarget: false, createdOid: null },
      });
      await appendEvents(db, run.migrationId, [
        { level: "info", kind: "database-dropped", database: name, message: "Dropped on the target." },
      ]);
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = toCodedError(error, "DATABASE_DROP_FAILED", name);
    await appendEvents(store(), run.migrationId, [
      {
        level: "warning",
        kind: "note",
        database: name,
        message: `Could not be dropped: ${message}`,
        data: { code },
      },
    ]);
    return false;
  }
}

function remainder(left: LoadedMigration["databases"]): NewEvent {
  if (left.length === 0) {
    return {
      level: "info",
      kind: "remains-on-target",
      message: "Nothing of this migration remains on the target.",
    };
  }
  const list = left.map(
    (database) => `${targetNameOf(database)} (${database.state === "Succeeded" ? "complete" : "incomplete"})`,
  );
  return {
    level: "warning",
    kind: "remains-on-target",
    message: `Remains on the target: ${list.join(", ")}.`,
    data: { databases: left.map(targetNameOf) },
  };
}
