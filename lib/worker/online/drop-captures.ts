import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { countCaptures } from "@/lib/store/online/captures";
import { fenced, type LoadedMigration } from "@/lib/store/run";
import { deleteSecrets } from "@/lib/store/secrets";
import type { CodedError } from "@/lib/util/coded-error";
import { inParallel } from "@/lib/util/in-parallel";
import { openEndpoints, type ServerEndpoints } from "../endpoints";
import type { RunContext } from "../run-context";
import { abandonCapture, byHand, type CaptureOwner, forgetCaptured, removeCapture } from "./captures";

const AT_ONCE = 4;

/**
 * Removes what stands on both servers to follow one database; a way out, so what cannot be removed now is said and tried again
 * later. false when something is left. Throws the signal's reason when aborted.
 */
export async function dropCaptureOf(
  { run, engine, signal, log }: Pick<RunContext, "run" | "engine" | "signal" | "log">,
  endpoints: ServerEndpoints,
  database: MigrationDatabase,
): Promise<boolean> {
  const name = database.captureName;
  if (name === null) return true;
  await fenced(run, (db) => abandonCapture(db, database));
  const left = await removeCapture({ engine, endpoints, database, signal });
  await fenced(run, async (db) => {
    if (left === null) await forgetCaptured(db, database);
    await appendEvents(db, run.migrationId, [
      left === null ? droppedEvent(database, name) : remainsEvent(addressOf(endpoints), database, name, left),
    ]);
  });
  if (left) log.warn({ err: left, database: database.name, slot: name }, "slot remains on the source");
  return left === null;
}

/** The same for every database of a migration that is about to end. */
export async function dropCapturesOf(
  context: Pick<RunContext, "run" | "engine" | "signal" | "log">,
  migration: LoadedMigration,
): Promise<void> {
  const captured = migration.databases.filter(({ captureName }) => captureName !== null);
  if (captured.length === 0) return;
  let endpoints: ServerEndpoints;
  try {
    endpoints = await openEndpoints(migration);
  } catch (error) {
    const coded = toCodedError(error, "SECRET_UNREADABLE");
    const events = captured.flatMap((database) =>
      database.captureName === null
        ? []
        : [remainsEvent("the source", database, database.captureName, coded)],
    );
    await fenced(context.run, (db) => appendEvents(db, migration.id, events));
    return;
  }
  await inParallel(captured, AT_ONCE, (database) => dropCaptureOf(context, endpoints, database));
}

/**
 * Tries once more what an ended database left on its source. true when nothing is left: the passwords of an ended migration are
 * forgotten then. Throws the signal's reason.
 */
export async function dropLeftCapture(owner: CaptureOwner): Promise<boolean> {
  const { database } = owner;
  const { migrationId, captureName: name } = database;
  if (name === null) return true;
  if (!(await abandonLeft(database, name))) return true;
  if ((await removeCapture(owner, 1)) !== null) return false;
  await store().$transaction(async (db) => {
    await db.$queryRaw`select 1 from migration where id = ${migrationId}::uuid for update`;
    const now = await db.migrationDatabase.findUnique({ where: { id: database.id } });
    // Tried again meanwhile, with another capture.
    if (now?.captureName !== name) return;
    await forgetCaptured(db, database);
    await appendEvents(db, migrationId, [droppedEvent(database, name)]);
    const { substate } = await db.migration.update({
      where: { id: migrationId },
      data: { version: { increment: 1 } },
    });
    if (substate === "Completed" && (await countCaptures(db, migrationId)) === 0)
      await deleteSecrets(db, migrationId);
  });
  return true;
}

/** false when the database was tried again meanwhile: then the capture is in use, or its worker removes it. */
async function abandonLeft({ id, migrationId }: MigrationDatabase, name: string): Promise<boolean> {
  return await store().$transaction(async (db) => {
    await db.$queryRaw`select 1 from migration where id = ${migrationId}::uuid for update`;
    const row = await db.migrationDatabase.findUnique({
      where: { id },
      include: { migration: { select: { substate: true } } },
    });
    const isOver = isEnded(row?.state ?? null) || row?.migration.substate === "Completed";
    if (!row || row.captureName !== name || !isOver) return false;
    await abandonCapture(db, row);
    return true;
  });
}

function isEnded(state: string | null): boolean {
  return state === "Succeeded" || state === "Failed" || state === "Canceled";
}

function droppedEvent(database: MigrationDatabase, name: string): NewEvent {
  return {
    level: "info",
    kind: "capture-dropped",
    database: database.name,
    message: `The slot ${name} and what belongs to it were removed.`,
    data: { slot: name },
  };
}

function addressOf({ source }: ServerEndpoints): string {
  return `${source.host}:${source.port}`;
}

function remainsEvent(
  address: string,
  database: MigrationDatabase,
  name: string,
  error: CodedError,
): NewEvent {
  return {
    level: "error",
    kind: "capture-remains",
    database: database.name,
    message: `The slot ${name} may still be on ${address}, which keeps WAL for it: ${error.message} Howdah tries to remove it every minute, and keeps the passwords for that. ${byHand(database, name)}`,
    data: { slot: name, code: error.code, sqlState: error.sqlState },
  };
}
