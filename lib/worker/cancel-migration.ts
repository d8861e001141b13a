import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { writeStateOfOpen } from "@/lib/store/database-progress";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { advance, fenced, type LoadedMigration } from "@/lib/store/run";
import { stopLoading } from "@/lib/store/table-progress";
import { findDatabaseOid } from "./database-oid";
import { maintenanceOf, openEndpoints, targetNameOf } from "./endpoints";
import type { RunContext, StepResult } from "./run-context";

/** CancelingRequestedDBMigrations: the engine has stopped; drops what was asked to be dropped and says what stays. */
export async function cancelMigration(context: RunContext, migration: LoadedMigration): Promise<StepResult> {
  const { run } = context;
  await fenced(run, (db) => writeStateOfOpen(db, run.migrationId, "Canceling"));
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
  const { run, engine, signal } = context;
  const created = migration.databases.filter(({ createdOnTarget }) => createdOnTarget);
  if (created.length === 0) return [];
  const dropped: string[] = [];
  for (const database of created) {
    const { id, name } = database;
    const targetName = targetNameOf(database);
    try {
      const { target } = await openEndpoints(migration);
      const maintenance = maintenanceOf(target, targetName);
      const oid = await findDatabaseOid(maintenance, targetName, signal);
      if (database.createdOid !== null && oid !== null && oid !== database.createdOid) continue;
      await engine.dropTargetDatabase({ target: maintenance, name: targetName, signal });
      dropped.push(name);
      await fenced(run, async (db) => {
        await db.migrationDatabase.update({
          where: { id },
          data: { createdOnTarget: false, createdOid: null },
        });
        await appendEvents(db, run.migrationId, [
          { level: "info", kind: "database-dropped", database: name, message: "Dropped on the target." },
        ]);
      });
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
    }
  }
  return dropped;
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
