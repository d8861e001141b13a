import { slotHealth } from "@/lib/engine/cdc/slots";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import { endClient } from "@/lib/postgres/end-client";
import { store } from "@/lib/store/client";
import { requestResume } from "@/lib/store/control-wishes";
import { appendEvents } from "@/lib/store/events";
import { findLeftCaptures, findPausedWithCaptures } from "@/lib/store/online/captures";
import type { LoadedMigration } from "@/lib/store/run";
import { logger } from "@/lib/util/log";
import { openEndpoints } from "../endpoints";
import type { Engine } from "../engine";
import { dropLeftCapture } from "./drop-captures";
import { onlineChoicesOf } from "./online-choices";
import { WARN_AT } from "./wal-guard";

const EVERY_MS = 60_000;

/**
 * Looks once a minute after what nobody runs: slots that could not be removed when their database ended, and paused migrations
 * whose slots come near their limit. Several workers may do so at once.
 */
export function keepCapturesTidy(engine: Engine, signal: AbortSignal): void {
  const log = logger("worker");
  let busy = false;
  const tidy = async () => {
    if (busy) return;
    busy = true;
    try {
      await tidyCaptures(engine, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, "left slots could not be looked for");
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void tidy(), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** One such look; throws what the store throws, and the signal's reason. */
export async function tidyCaptures(engine: Engine, signal: AbortSignal): Promise<void> {
  for (const { migration, databases } of await findLeftCaptures()) {
    for (const database of databases) {
      signal.throwIfAborted();
      try {
        const endpoints = await openEndpoints(migration);
        await dropLeftCapture({ engine, endpoints, database, signal });
      } catch (error) {
        signal.throwIfAborted();
        logger("worker").warn({ err: error, slot: database.captureName }, "left slot could not be removed");
      }
    }
  }
  for (const migration of await findPausedWithCaptures()) {
    signal.throwIfAborted();
    await guardPaused(migration, signal);
  }
}

/** A pause ends by itself before the source keeps more than it was allowed to: going on is what lets it remove WAL. */
async function guardPaused(migration: LoadedMigration, signal: AbortSignal): Promise<void> {
  const limitBytes = onlineChoicesOf(migration)?.walLimitBytes ?? null;
  if (limitBytes === null) return;
  for (const database of migration.databases) {
    const retained = await retainedFor(migration, database, signal);
    if (retained === null || retained < limitBytes * WARN_AT) continue;
    await appendEvents(store(), migration.id, [
      {
        level: "warning",
        kind: "wal-warning",
        database: database.name,
        message: `The pause is ended: the source keeps ${formatBytes(retained)} of WAL for it, and ${formatBytes(limitBytes)} are allowed.`,
        data: { retainedBytes: retained, limitBytes },
      },
    ]);
    await requestResume({ migrationId: migration.id, actor: "Howdah" });
    return;
  }
}

/** null when there is no slot, or the source cannot be asked now. */
async function retainedFor(
  migration: LoadedMigration,
  { name, captureName }: MigrationDatabase,
  signal: AbortSignal,
): Promise<number | null> {
  if (captureName === null) return null;
  try {
    const { source } = await openEndpoints(migration);
    const client = await connectWithEmptyPath({ ...source, database: name }, { signal });
    try {
      const bytes = (await slotHealth(client, captureName))?.retainedBytes ?? null;
      return bytes === null ? null : Number(bytes);
    } finally {
      await endClient(client);
    }
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
