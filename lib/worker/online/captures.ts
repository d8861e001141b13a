import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { captureName } from "@/lib/engine/cdc/slots";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { toCodedError } from "@/lib/postgres/errors";
import { clearCheckpoint } from "@/lib/store/checkpoint";
import { type StoreClient, store } from "@/lib/store/client";
import { forgetCapture, readInstallationMark, writeCaptureName } from "@/lib/store/online/captures";
import { fenced, type Run } from "@/lib/store/run";
import type { CodedError } from "@/lib/util/coded-error";
import { maintenanceOf, type ServerEndpoints, targetNameOf } from "../endpoints";
import type { Engine } from "../engine";
import { capturePartsOf } from "./engine-parts";

/** Of the migration's id: enough to tell those of one installation apart. */
const MIGRATION_DIGITS = 10;

/** The short id in the names of a migration's slots: this installation's mark, and the end of the migration's id. */
export async function shortIdOfMigration(db: StoreClient, migrationId: string): Promise<string> {
  return (await readInstallationMark(db)) + migrationId.replaceAll("-", "").slice(-MIGRATION_DIGITS);
}

/**
 * The name of a database's slot, publication and origin; made, and stored, before any of them is. Each time another one: what a
 * dropped capture might have left on the target must not be taken for this one's progress.
 */
export async function nameCapture(run: Run, database: MigrationDatabase): Promise<string> {
  const shortId = await shortIdOfMigration(store(), run.migrationId);
  const name = captureName(shortId, `${database.position}_${randomBytes(3).toString("hex")}`);
  await fenced(run, (db) => writeCaptureName(db, database.id, name));
  database.captureName = name;
  return name;
}

export interface CaptureOwner {
  engine: Engine;
  endpoints: ServerEndpoints;
  database: MigrationDatabase;
  signal: AbortSignal;
}

const ATTEMPTS = 3;
const PAUSE_MS = 2_000;
const ATTEMPT_LIMIT_MS = 20_000;

/**
 * Takes away what is left on both servers of a database's capture; tried a few times. null when nothing is left, else why
 * something may be. Throws the signal's reason when aborted.
 */
export async function removeCapture(owner: CaptureOwner, attempts = ATTEMPTS): Promise<CodedError | null> {
  const { database, signal } = owner;
  const name = database.captureName;
  if (name === null) return null;
  for (let attempt = 1; ; attempt++) {
    try {
      await removeOnce(owner, name);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      const coded = toCodedError(error, "CONNECTION_LOST", database.name);
      if (attempt >= attempts) return coded;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

async function removeOnce(
  { engine, endpoints, database, signal }: CaptureOwner,
  name: string,
): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_LIMIT_MS)]);
  const targetName = targetNameOf(database);
  const maintenance = maintenanceOf(endpoints.target, targetName);
  const exists = await engine.targetDatabaseExists({
    target: maintenance,
    name: targetName,
    signal: limited,
  });
  const { dropCapture } = await capturePartsOf(engine);
  await dropCapture({
    source: { ...endpoints.source, database: database.name },
    // Origins belong to the server: they are found from any of its databases.
    target: exists ? { ...endpoints.target, database: targetName } : maintenance,
    capture: { name },
    signal: limited,
  });
}

/**
 * Before anything of a capture is removed: no later run may go on from it, since to the engine a target without its progress is
 * one that was cut over.
 */
export async function abandonCapture(db: StoreClient, database: MigrationDatabase): Promise<void> {
  await clearCheckpoint(db, database.id);
}

/** Nothing is left of the capture. */
export async function forgetCaptured(db: StoreClient, database: MigrationDatabase): Promise<void> {
  await forgetCapture(db, database.id);
  database.captureName = null;
}

/** How to take a capture away by hand. */
export function byHand(database: Pick<MigrationDatabase, "name">, name: string): string {
  return `In ${database.name} on the source: select pg_drop_replication_slot('${name}'); drop publication if exists ${name};`;
}
