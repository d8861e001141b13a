/** How changes are followed, changed while an online migration lives. */
import type { Migration, Prisma } from "@/lib/generated/prisma/client";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { type OnlineOptions, onlineOptions } from "@/lib/migrations/contract";
import { CodedError } from "@/lib/util/coded-error";
import type { StoreClient } from "../client";
import { appendEvents } from "../events";
import { asObject, change, statusOf, type Wish, whereItIs } from "../wish";

/** What can be changed; how the source tells its changes cannot, since its slot is made for it. */
export type OnlineSettings = Pick<OnlineOptions, "onDivergence" | "walLimitMegabytes">;

export interface OnlineSettingsWish extends Wish {
  /** What is absent stays as it is; null takes the limit away. */
  settings: OnlineSettings;
  /** A retry is asked for as well: also of a migration that has ended. */
  withRetry: boolean;
}

/**
 * Changes the settings; a worker that follows takes them within seconds. While rows are copied they are fixed, and so they are
 * once a cutover was asked for. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function changeOnlineSettings(wish: OnlineSettingsWish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const options = asObject(migration.options);
    const before = onlineOptions.catch({}).parse(options["online"]);
    const after = { ...before, ...definedOf(wish.settings) };
    if (isSame(before, after)) return migration;
    await demandChangeable(db, migration, wish.withRetry);
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "wish-received",
        message: `How changes are followed was set by ${wish.actor}: ${describe(after)}.`,
      },
    ]);
    return await db.migration.update({
      where: { id: migration.id },
      data: {
        options: { ...options, online: after } as Prisma.InputJsonObject,
        version: { increment: 1 },
      },
    });
  });
}

async function demandChangeable(db: StoreClient, migration: Migration, withRetry: boolean): Promise<void> {
  const actions = allowedActions(statusOf(migration));
  const cutting = await db.migrationDatabase.count({
    where: { migrationId: migration.id, cutoverRequestedAt: { not: null }, state: { notIn: ENDED } },
  });
  if (cutting > 0) throw refused(migration, "a cutover was asked for");
  // A paused one reads them when it goes on; one that waits for its cutover follows and takes them at once.
  if (actions.schedule || actions.resume || actions.rehearseCutover) return;
  if (withRetry && (actions.retryFailed || actions.restart)) return;
  throw refused(
    migration,
    "it can be done before the copy begins, in a pause, while waiting for the cutover, and with a retry",
  );
}

const ENDED = ["Succeeded", "Failed", "Canceled"];

function refused(migration: Migration, why: string): CodedError {
  const message = `Cannot change howdah.online now: the migration is ${whereItIs(migration)}; ${why}.`;
  return new CodedError("ACTION_NOT_ALLOWED", message, { subject: migration.name });
}

function definedOf({ onDivergence, walLimitMegabytes }: OnlineSettings): OnlineSettings {
  return {
    ...(onDivergence === undefined ? {} : { onDivergence }),
    ...(walLimitMegabytes === undefined ? {} : { walLimitMegabytes }),
  };
}

function isSame(before: OnlineSettings, after: OnlineSettings): boolean {
  return (
    (before.onDivergence ?? "stop") === (after.onDivergence ?? "stop") &&
    (before.walLimitMegabytes ?? null) === (after.walLimitMegabytes ?? null)
  );
}

function describe({ onDivergence = "stop", walLimitMegabytes = null }: OnlineSettings): string {
  const limit =
    walLimitMegabytes === null ? "no limit of WAL" : `at most ${walLimitMegabytes} MB of WAL for each slot`;
  return `${onDivergence} on divergence, ${limit}`;
}
