import type { Migration, Prisma } from "@/lib/generated/prisma/client";
import {
  isTerminal,
  type MigrationOption,
  type MigrationState,
  type MigrationSubstate,
} from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import { type StoreClient, store } from "./client";
import { appendEvents } from "./events";
import { enqueueMigration } from "./job-queue";

/** Workers listen on this channel; the payload is the migration's id. Only a hint: they also poll once a second. */
export const WISH_CHANNEL = "howdah_wish";

export interface Wish {
  migrationId: string;
  /** Who asks, as the audit log names them. */
  actor: string;
  /** A transaction the wish is part of; absent: one of its own. */
  db?: Prisma.TransactionClient;
}

/**
 * Runs `alter` on the locked row, so that wishes and the worker's transitions never overlap. Throws CodedError
 * MIGRATION_NOT_FOUND.
 */
export function change(
  wish: Wish,
  alter: (db: StoreClient, migration: Migration) => Promise<Migration>,
): Promise<Migration> {
  return wish.db ? changeIn(wish.db, wish, alter) : store().$transaction((db) => changeIn(db, wish, alter));
}

async function changeIn(
  db: Prisma.TransactionClient,
  { migrationId }: Wish,
  alter: (db: StoreClient, migration: Migration) => Promise<Migration>,
): Promise<Migration> {
  await db.$queryRaw`select 1 from migration where id = ${migrationId}::uuid for update`;
  const migration = await db.migration.findUnique({ where: { id: migrationId } });
  if (!migration) throw new CodedError("MIGRATION_NOT_FOUND", "There is no such migration.");
  const changed = await alter(db, migration);
  // Delivered at commit, so whoever hears it sees the change.
  await db.$executeRaw`select pg_notify(${WISH_CHANNEL}, ${migrationId})`;
  return changed;
}

/** Notes the wish and queues the migration, whose worker left it when it began to wait. */
export async function wake(db: StoreClient, wish: Wish, message: string): Promise<void> {
  await appendEvents(db, wish.migrationId, [
    { level: "info", kind: "wish-received", message: `${message} by ${wish.actor}.` },
  ]);
  await enqueueMigration(db, wish.migrationId);
}

/** Throws CodedError ACTION_NOT_ALLOWED unless `allowed`. */
export function demand(migration: Migration, allowed: boolean, action: string): void {
  if (!allowed) throw notAllowed(migration, action);
}

/** Says what the migration is instead of what `action` needs. */
export function notAllowed(migration: Migration, action: string): CodedError {
  return new CodedError("ACTION_NOT_ALLOWED", `Cannot ${action}: the migration is ${whereItIs(migration)}.`, {
    subject: migration.name,
  });
}

/** State, substate, and what was asked of it that has not come true: "InProgress/MigratingData, paused". */
export function whereItIs(migration: Migration): string {
  const { state, substate, cancelRequestedAt, pauseRequestedAt } = migration;
  const isOver = isTerminal(state as MigrationState);
  const also = isOver ? "" : cancelRequestedAt ? ", canceling" : pauseRequestedAt ? ", paused" : "";
  return `${state}/${substate}${also}`;
}

/** What allowedActions() and the state table ask for. */
export function statusOf(migration: Migration) {
  return {
    state: migration.state as MigrationState,
    substate: migration.substate as MigrationSubstate,
    option: migration.option as MigrationOption,
    cancelRequestedAt: migration.cancelRequestedAt,
    pauseRequestedAt: migration.pauseRequestedAt,
    runBy: migration.azureRun === null ? ("howdah" as const) : ("azure" as const),
  };
}

/** A stored JSON object; empty when it is anything else. */
export function asObject(json: Migration["properties"]) {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
}
