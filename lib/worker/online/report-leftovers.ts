import { findLeftoverSlots } from "@/lib/engine/cdc/slots";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { appendEvents, type NewEvent } from "@/lib/store/events";
import { findMigrationsWithCaptures } from "@/lib/store/online/captures";
import { fenced, type LoadedMigration } from "@/lib/store/run";
import type { ServerEndpoints } from "../endpoints";
import type { RunContext } from "../run-context";
import { shortIdOfMigration } from "./captures";

/**
 * Says, before the first database begins, which slots earlier runs left in them. None is removed: another installation's look
 * the same. A database that cannot be opened now is looked at by its own move. Throws what the store throws.
 */
export async function reportLeftovers(
  { run, signal }: RunContext,
  migration: LoadedMigration,
  { source }: ServerEndpoints,
): Promise<void> {
  if (migration.databases.some(({ captureName, state }) => captureName !== null || state !== null)) return;
  const living = new Set<string>();
  for (const id of await findMigrationsWithCaptures()) living.add(await shortIdOfMigration(store(), id));
  const events: NewEvent[] = [];
  for (const { name } of migration.databases) {
    const client = await connect({ ...source, database: name }, { signal }).catch(() => null);
    if (!client) continue;
    try {
      const slots = await findLeftoverSlots(client, (shortId) => living.has(shortId));
      events.push(
        ...slots.map(
          (slot): NewEvent => ({
            level: "warning",
            kind: "leftover-slots",
            database: name,
            message: `The slot ${slot.name} is left from another run and read by nobody; the source keeps ${formatBytes(Number(slot.retainedBytes ?? 0n))} of WAL for it. If no other Howdah uses it: select pg_drop_replication_slot('${slot.name}');`,
            data: { slot: slot.name },
          }),
        ),
      );
    } catch {
      // Not told to this login; the rules say so where it matters.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  signal.throwIfAborted();
  if (events.length > 0) await fenced(run, (db) => appendEvents(db, run.migrationId, events));
}
