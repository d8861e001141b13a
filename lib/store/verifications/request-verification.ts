import type { Migration, Verification } from "@/lib/generated/prisma/client";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import type { ThrottleOptions } from "@/lib/migrations/contract";
import { countNoun } from "@/lib/migrations/format-quantity";
import type { MigrationOption, MigrationState, MigrationSubstate } from "@/lib/migrations/vocabulary";
import { CodedError } from "@/lib/util/coded-error";
import { type StoreClient, store } from "../client";
import { appendEvents } from "../events";
import { enqueueVerification } from "../job-queue";
import { WISH_CHANNEL } from "../wish";
import { endVerification } from "./end-verification";
import { type VerificationLogin, writeVerificationLogin } from "./verification-secrets";

/** Finished ones beyond this many are forgotten when another begins: each may hold thousands of rows. */
const KEPT = 20;

const BYTES_PER_MEGABYTE = 1_000_000;

export interface NewVerification {
  migrationId: string;
  /** Who asks, as the audit log names them. */
  actor: string;
  /** Names on the source; empty: all of the migration's. */
  databases: readonly string[];
  onlyTables: readonly string[];
  throttle: ThrottleOptions | undefined;
  logins: { source: VerificationLogin; target: VerificationLogin };
}

/**
 * Queues a verification of an ended migration, with its logins sealed until it ends. Throws CodedError MIGRATION_NOT_FOUND,
 * ACTION_NOT_ALLOWED (not ended, or another one is under way) or NO_DATABASES.
 */
export function requestVerification(wanted: NewVerification): Promise<Verification> {
  return onLockedMigration(wanted.migrationId, async (db, migration) => {
    await demandVerifiable(db, migration);
    const databases = await chosenDatabases(db, migration, wanted.databases);
    await forgetOld(db, migration.id);
    const verification = await db.verification.create({
      data: {
        migrationId: migration.id,
        kind: "on-demand",
        requestedBy: wanted.actor,
        databases,
        onlyTables: [...wanted.onlyTables],
        throttleBytesPerSecond: bytesPerSecond(wanted.throttle?.megabytesPerSecond),
        throttleConnections: wanted.throttle?.connections ?? null,
      },
    });
    await writeVerificationLogin(db, verification.id, "source", wanted.logins.source);
    await writeVerificationLogin(db, verification.id, "target", wanted.logins.target);
    await appendEvents(db, migration.id, [
      {
        level: "info",
        kind: "verification-requested",
        message: `Verification of ${countNoun(databases.length, "database")} requested by ${wanted.actor}.`,
      },
    ]);
    await enqueueVerification(db, verification.id);
    return verification;
  });
}

export interface VerificationWish {
  migrationId: string;
  verificationId: string;
  actor: string;
}

/**
 * Asks for the end of a verification; one that no worker has taken ends at once. Asking again, or after its end, changes
 * nothing. Throws CodedError MIGRATION_NOT_FOUND.
 */
export function cancelVerification({ migrationId, verificationId, actor }: VerificationWish): Promise<void> {
  return onLockedMigration(migrationId, async (db) => {
    const verification = await findOpen(db, migrationId, verificationId);
    if (!verification || verification.cancelRequestedAt) return;
    await db.verification.update({
      where: { id: verificationId },
      data: { cancelRequestedAt: new Date(), version: { increment: 1 } },
    });
    await appendEvents(db, migrationId, [
      {
        level: "info",
        kind: "wish-received",
        message: `The end of the verification was asked for by ${actor}.`,
      },
    ]);
    if (verification.state === "queued") await endVerification(db, verification, { state: "canceled" });
    await db.$executeRaw`select pg_notify(${WISH_CHANNEL}, ${verificationId})`;
  });
}

/** Changes the limits of a verification that has not ended; what is undefined stays, null takes a limit away. */
export function throttleVerification(
  { migrationId, verificationId, actor }: VerificationWish,
  throttle: ThrottleOptions,
): Promise<void> {
  return onLockedMigration(migrationId, async (db) => {
    if (!(await findOpen(db, migrationId, verificationId))) return;
    const { megabytesPerSecond, connections } = throttle;
    await db.verification.update({
      where: { id: verificationId },
      data: {
        ...(megabytesPerSecond === undefined
          ? {}
          : { throttleBytesPerSecond: bytesPerSecond(megabytesPerSecond) }),
        ...(connections === undefined ? {} : { throttleConnections: connections }),
        version: { increment: 1 },
      },
    });
    await appendEvents(db, migrationId, [
      {
        level: "info",
        kind: "wish-received",
        message: `The verification's limits were changed by ${actor}.`,
      },
    ]);
    await db.$executeRaw`select pg_notify(${WISH_CHANNEL}, ${verificationId})`;
  });
}

function bytesPerSecond(megabytes: number | null | undefined): bigint | null {
  return megabytes ? BigInt(Math.round(megabytes * BYTES_PER_MEGABYTE)) : null;
}

/** Runs `change` on the locked row and lets polls see that something changed. */
function onLockedMigration<T>(
  migrationId: string,
  change: (db: StoreClient, migration: Migration) => Promise<T>,
): Promise<T> {
  return store().$transaction(async (db) => {
    const locked = await db.$executeRaw`
      update migration set version = version + 1 where id = ${migrationId}::uuid`;
    if (locked === 0) throw new CodedError("MIGRATION_NOT_FOUND", "There is no such migration.");
    return await change(db, await db.migration.findUniqueOrThrow({ where: { id: migrationId } }));
  });
}

async function demandVerifiable(db: StoreClient, migration: Migration): Promise<void> {
  const allowed = allowedActions({
    state: migration.state as MigrationState,
    substate: migration.substate as MigrationSubstate,
    option: migration.option as MigrationOption,
    cancelRequestedAt: migration.cancelRequestedAt,
    pauseRequestedAt: migration.pauseRequestedAt,
  });
  if (!allowed.verify) {
    throw new CodedError(
      "ACTION_NOT_ALLOWED",
      `Cannot verify: the migration is ${migration.state}/${migration.substate}. One that moved data and has ended can be verified.`,
      { subject: migration.name },
    );
  }
  const active = await db.verification.count({
    where: { migrationId: migration.id, state: { in: ["queued", "running"] } },
  });
  if (active > 0) {
    throw new CodedError(
      "ACTION_NOT_ALLOWED",
      "A verification of this migration is under way: wait for it or cancel it.",
      { subject: migration.name },
    );
  }
}

/** Databases of the migration, in its order; `wanted` restricts them. */
async function chosenDatabases(
  db: StoreClient,
  migration: Migration,
  wanted: readonly string[],
): Promise<string[]> {
  const rows = await db.migrationDatabase.findMany({
    where: { migrationId: migration.id },
    orderBy: { position: "asc" },
    select: { name: true },
  });
  const names = rows.map(({ name }) => name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new CodedError("NO_DATABASES", `The database "${unknown}" is not part of this migration.`, {
      subject: "databases",
    });
  }
  const chosen = wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
  if (chosen.length === 0) {
    throw new CodedError("NO_DATABASES", "The migration has no database.", { subject: "databases" });
  }
  return chosen;
}

async function forgetOld(db: StoreClient, migrationId: string): Promise<void> {
  const old = await db.verification.findMany({
    where: { migrationId },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip: KEPT - 1,
    select: { id: true },
  });
  if (old.length > 0) await db.verification.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
}

function findOpen(db: StoreClient, migrationId: string, id: string): Promise<Verification | null> {
  return db.verification.findFirst({ where: { id, migrationId, state: { in: ["queued", "running"] } } });
}
