import type pg from "pg";
import { findLeftoverOrigins, findLeftoverPublications, findLeftoverSlots } from "@/lib/engine/cdc/slots";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { connectWithEmptyPath } from "@/lib/postgres/connect-with-empty-path";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { endClient } from "@/lib/postgres/end-client";
import { ident, literal } from "@/lib/postgres/sql";
import { store } from "@/lib/store/client";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { findMigrationsWithCaptures } from "@/lib/store/online/captures";
import { fenced, type LoadedMigration } from "@/lib/store/run";
import { maintenanceOf, type ServerEndpoints, targetNameOf } from "../endpoints";
import type { RunContext } from "../run-context";
import { shortIdOfMigration } from "./captures";

/**
 * Says, before the first database begins, which slots and publications earlier runs left in them, and which origins on the
 * target. None is removed: another installation's look the same. A database that cannot be opened now is looked at by its own
 * move. Throws what the store throws.
 */
export async function reportLeftovers(
  { run, signal }: RunContext,
  migration: LoadedMigration,
  { source, target }: ServerEndpoints,
): Promise<void> {
  if (migration.databases.some(({ captureName, state }) => captureName !== null || state !== null)) return;
  const living = new Set<string>();
  for (const id of await findMigrationsWithCaptures()) living.add(await shortIdOfMigration(store(), id));
  const isLiving = (shortId: string) => living.has(shortId);
  const events: NewEvent[] = [];
  const look = (settings: ConnectionSettings, find: (client: pg.Client) => Promise<NewEvent[]>) =>
    lookInto(settings, signal, find).then((found) => events.push(...found));
  for (const { name } of migration.databases)
    await look({ ...source, database: name }, (client) => findOnSource(client, name, isLiving));
  const [first] = migration.databases;
  if (first)
    await look(maintenanceOf(target, targetNameOf(first)), (client) => findOnTarget(client, isLiving));
  signal.throwIfAborted();
  if (events.length > 0) await fenced(run, (db) => appendEvents(db, run.migrationId, events));
}

type IsLiving = (shortId: string) => boolean;

async function lookInto(
  settings: ConnectionSettings,
  signal: AbortSignal,
  find: (client: pg.Client) => Promise<NewEvent[]>,
): Promise<NewEvent[]> {
  const client = await connectWithEmptyPath(settings, { signal }).catch(() => null);
  if (!client) return [];
  try {
    return await find(client);
  } catch {
    // Not told to this login; the rules say so where it matters.
    return [];
  } finally {
    await endClient(client);
  }
}

async function findOnSource(client: pg.Client, database: string, isLiving: IsLiving): Promise<NewEvent[]> {
  const event = { level: "warning", kind: "leftover-slots", database } as const;
  const slots = await findLeftoverSlots(client, isLiving);
  const publications = await findLeftoverPublications(client, isLiving);
  return [
    ...slots.map(({ name, retainedBytes }) => ({
      ...event,
      message: `The slot ${name} is left from another run and read by nobody; the source keeps ${formatBytes(Number(retainedBytes ?? 0n))} of WAL for it. If no other Howdah uses it: select pg_drop_replication_slot(${literal(name)});`,
      data: { slot: name },
    })),
    ...publications.map((name) => ({
      ...event,
      message: `The publication ${name} is left from another run. If no other Howdah uses it: drop publication ${ident(name)};`,
      data: { publication: name },
    })),
  ];
}

async function findOnTarget(client: pg.Client, isLiving: IsLiving): Promise<NewEvent[]> {
  return (await findLeftoverOrigins(client, isLiving)).map((name) => ({
    level: "warning",
    kind: "leftover-slots",
    message: `The replication origin ${name} is left on the target from another run. If no other Howdah uses it: select pg_replication_origin_drop(${literal(name)});`,
    data: { origin: name },
  }));
}
