/** What a user asks of the databases of a migration: their cutover, its rehearsal, their cancel; and of the source's set-up. */
import type { Migration, MigrationDatabase } from "@/lib/generated/prisma/client";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { joinNames } from "@/lib/migrations/format-quantity";
import { CodedError } from "@/lib/util/coded-error";
import type { StoreClient } from "../client";
import { appendEvents } from "../events";
import { asObject, change, demand, notAllowed, statusOf, type Wish, wake, whereItIs } from "../wish";
import { requestCancelOf } from "../wishes";

/** Whether a cutover was asked for and goes on: of some of the databases that are left, or of all of them. */
export function cuttingOverOf(databases: readonly MigrationDatabase[]): "some" | "all" | undefined {
  const open = databases.filter(isOpen);
  const asked = open.filter(({ cutoverRequestedAt }) => cutoverRequestedAt !== null);
  if (asked.length === 0) return undefined;
  return asked.length === open.length ? "all" : "some";
}

/** Names of databases on the source; all that are left when absent. */
export type DatabasesWish = Wish & { databases?: readonly string[] | undefined };

const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Canceled"]);
const isOpen = ({ state }: MigrationDatabase) => !ENDED.has(state ?? "");

/**
 * Asks for the cutover of some databases of an online migration, or of all that are left. Repeating it changes nothing. Throws
 * CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestCutover(wish: DatabasesWish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const { named, open } = await databasesOf(db, migration, wish);
    const asked = named.filter((database) => isOpen(database) && database.cutoverRequestedAt === null);
    const isRepeated = named.every(({ cutoverRequestedAt }) => cutoverRequestedAt !== null);
    if (named.length > 0 && isRepeated) return migration;
    demand(migration, allowedActions(statusOf(migration)).cutover, "cut over");
    refuseEnded(migration, named, "cut over");
    const now = new Date();
    await db.migrationDatabase.updateMany({ where: idsOf(asked), data: { cutoverRequestedAt: now } });
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "cutover-requested",
        message: `Cutover of ${namesOf(asked)} was requested by ${wish.actor}.`,
        data: { databases: asked.map(({ name }) => name) },
      },
    ]);
    const rest = open.filter(
      (one) => one.cutoverRequestedAt === null && !asked.some(({ id }) => id === one.id),
    );
    return await db.migration.update({
      where: { id: migration.id },
      data: { ...(rest.length === 0 ? { cutoverRequestedAt: now } : {}), version: { increment: 1 } },
    });
  });
}

/**
 * Asks for a rehearsal of the cutover of some databases, or of all that are left. One under way is not begun again. Throws
 * CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestRehearsal(wish: DatabasesWish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const { named } = await databasesOf(db, migration, wish);
    demand(migration, allowedActions(statusOf(migration)).rehearseCutover, "rehearse the cutover");
    refuseEnded(migration, named, "rehearse the cutover");
    const cutting = named.filter(({ cutoverRequestedAt }) => cutoverRequestedAt !== null);
    if (cutting.length === named.length) throw notAllowed(migration, "rehearse a cutover that was requested");
    const asked = named.filter((one) => one.rehearsalRequestedAt === null && one.cutoverRequestedAt === null);
    if (asked.length === 0) return migration;
    await db.migrationDatabase.updateMany({
      where: idsOf(asked),
      data: { rehearsalRequestedAt: new Date() },
    });
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "rehearsal-requested",
        message: `A rehearsal of the cutover of ${namesOf(asked)} was requested by ${wish.actor}.`,
        data: { databases: asked.map(({ name }) => name) },
      },
    ]);
    return await db.migration.update({ where: { id: migration.id }, data: { version: { increment: 1 } } });
  });
}

/**
 * Asks for the end of some databases while the others go on; of all that are left it is the cancel of the migration. Repeating it
 * changes nothing. `dropTargets`: also drop what this migration created on the target for them. Throws CodedError
 * MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestDatabaseCancel(
  wish: DatabasesWish & { reason?: string | undefined; dropTargets?: boolean | undefined },
): Promise<Migration> {
  return change(wish, async (db, migration) => {
    const { named, open } = await databasesOf(db, migration, wish);
    if (migration.cancelRequestedAt) return migration;
    const asked = named.filter((database) => isOpen(database) && database.cancelRequestedAt === null);
    const isAskedAlready = named.length > 0 && named.every((one) => one.cancelRequestedAt !== null);
    if (asked.length === 0 && isAskedAlready) return migration;
    demand(migration, allowedActions(statusOf(migration)).cancel, "cancel");
    refuseEnded(migration, named, "cancel");
    const rest = open.filter(
      (one) => one.cancelRequestedAt === null && !asked.some(({ id }) => id === one.id),
    );
    if (rest.length === 0) return await requestCancelOf(db, migration, wish);
    await db.migrationDatabase.updateMany({
      where: idsOf(asked),
      data: { cancelRequestedAt: new Date(), dropTargetOnCancel: wish.dropTargets ?? false },
    });
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "cancel-requested",
        message: `Cancel of ${namesOf(asked)} requested by ${wish.actor}${wish.reason ? `: ${wish.reason}` : ""}.`,
        data: { databases: asked.map(({ name }) => name) },
      },
    ]);
    return await db.migration.update({ where: { id: migration.id }, data: { version: { increment: 1 } } });
  });
}

/**
 * Has a waiting migration look at the source again, and set up logical replication there if that is still needed and the login
 * may. Throws CodedError MIGRATION_NOT_FOUND or ACTION_NOT_ALLOWED.
 */
export function requestReplicationSetup(wish: Wish): Promise<Migration> {
  return change(wish, async (db, migration) => {
    demand(migration, allowedActions(statusOf(migration)).setUpReplication, "set up logical replication");
    await wake(db, wish, "Setting up logical replication on the source was requested");
    return await db.migration.update({
      where: { id: migration.id },
      data: {
        properties: {
          ...asObject(migration.properties),
          setupLogicalReplicationOnSourceDbIfNeeded: "True",
        },
        replicationSetupRequestedAt: new Date(),
        version: { increment: 1 },
      },
    });
  });
}

async function databasesOf(
  db: StoreClient,
  migration: Migration,
  { databases: names }: DatabasesWish,
): Promise<{ named: MigrationDatabase[]; open: MigrationDatabase[] }> {
  const all = await db.migrationDatabase.findMany({
    where: { migrationId: migration.id },
    orderBy: { position: "asc" },
  });
  const open = all.filter(isOpen);
  // Whoever names all of them, as az does, means the migration: what is left of it.
  if (!names?.length || all.every(({ name }) => names.includes(name))) return { named: open, open };
  const unknown = names.filter((name) => !all.some((database) => database.name === name));
  if (unknown.length > 0) {
    throw new CodedError("DATABASE_NOT_CHOSEN", `${joinNames(unknown)} is not of this migration.`, {
      subject: migration.name,
    });
  }
  return { named: all.filter(({ name }) => names.includes(name)), open };
}

/** A database that has ended before anybody asked cannot be asked any more. */
function refuseEnded(migration: Migration, named: readonly MigrationDatabase[], action: string): void {
  const over = named.filter((database) => !isOpen(database));
  const [first] = over;
  if (!first) return;
  const states = over.map(({ name, state }) => `${name} is ${state}`).join(", ");
  throw new CodedError(
    "ACTION_NOT_ALLOWED",
    `Cannot ${action}: ${states}; the migration is ${whereItIs(migration)}.`,
    { subject: migration.name },
  );
}

function idsOf(databases: readonly MigrationDatabase[]) {
  return { id: { in: databases.map(({ id }) => id) } };
}

function namesOf(databases: readonly MigrationDatabase[]): string {
  return joinNames(databases.map(({ name }) => name));
}
