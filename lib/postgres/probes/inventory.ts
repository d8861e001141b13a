import type pg from "pg";
import { connectWithEmptyPath } from "../connect-with-empty-path";
import type { ConnectionSettings } from "../connection-settings";
import { endClient } from "../end-client";
import {
  inventoryDatabases,
  listAvailableExtensions,
  listExtensions,
  readServerFacts,
  readWalLevel,
} from "./catalog-queries";
import type { InventoryDatabase, ServerInventory } from "./report";

/** At most this many sessions are opened beside the one that asks. */
const PARALLEL = 4;
/** Databases whose extensions are read; beyond it the list stays null rather than the test slow. */
const EXTENSION_LIMIT = 200;

/**
 * What the later steps need to know of a server, so that they ask nothing again: version, databases with sizes and
 * owners, extensions in each and extensions that could be created. Databases that cannot be opened have null there.
 */
export async function readInventory(
  client: pg.Client,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<ServerInventory> {
  const facts = await readServerFacts(client);
  const databases: InventoryDatabase[] = await inventoryDatabases(client);
  const queue = databases.filter((database) => database.canConnect).slice(0, EXTENSION_LIMIT);
  const readNext = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      next.extensions = await extensionsOf({ ...settings, database: next.name }, signal);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, readNext));
  return {
    ...facts,
    databases,
    availableExtensions: await listAvailableExtensions(client),
    totalBytes: databases.reduce((sum, database) => sum + (database.sizeBytes ?? 0), 0),
    walLevel: await readWalLevel(client),
  };
}

async function extensionsOf(settings: ConnectionSettings, signal: AbortSignal): Promise<string[] | null> {
  let client: pg.Client;
  try {
    client = await connectWithEmptyPath(settings, {
      applicationName: "howdah connection test",
      connectTimeoutMs: 5_000,
      signal,
    });
  } catch {
    signal.throwIfAborted();
    return null;
  }
  try {
    return await listExtensions(client);
  } catch {
    return null;
  } finally {
    await endClient(client);
  }
}
