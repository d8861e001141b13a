import { setTimeout as sleep } from "node:timers/promises";
import type { Migration, MigrationDatabase, Server, Verification } from "@/lib/generated/prisma/client";
import { isTerminal, type MigrationState } from "@/lib/migrations/vocabulary";
import { type StoreClient, store } from "../client";
import { appendEvents } from "../events";
import { fenced, type Run } from "../run";
import { endVerification, type VerificationEnd, type VerificationOutcome } from "./end-verification";
import { deleteItems, type ItemCounts } from "./verification-items";

/** One worker's stint on a verification; every write of it is conditional on the epoch. */
export interface VerificationRun {
  verificationId: string;
  migrationId: string;
  epoch: number;
}

/** Thrown by a write of a worker that no longer owns the verification, also because it ended or was removed. */
export class StaleVerificationError extends Error {
  constructor({ verificationId, epoch }: VerificationRun) {
    super(`Run ${epoch} of verification ${verificationId} has been superseded.`);
    this.name = "StaleVerificationError";
  }
}

/**
 * Begins a stint on a verification on demand; what an earlier one found is forgotten, as it may be half of the truth. null when
 * it has ended.
 */
export async function claimVerification(
  verificationId: string,
  workerName: string,
): Promise<VerificationRun | null> {
  return await store().$transaction(async (db) => {
    const found = await db.verification.findUnique({
      where: { id: verificationId },
      select: { migrationId: true },
    });
    if (!found) return null;
    const { migrationId } = found;
    // The migration's row is always locked first, as wishes do.
    await db.$executeRaw`update migration set version = version + 1 where id = ${migrationId}::uuid`;
    return await begin(db, { verificationId, migrationId }, workerName);
  }, LONG);
}

/** Begins the verification at the end of a migration, or begins anew the one a lost worker was in. Throws StaleRunError. */
export async function claimVerificationAtEnd(run: Run, workerName: string): Promise<VerificationRun> {
  return await fenced(run, async (db) => {
    const { migrationId } = run;
    const open = await db.verification.findFirst({
      where: { migrationId, kind: "at-end", state: { in: ["queued", "running"] } },
      select: { id: true },
    });
    const { id } = open ?? (await createAtEnd(db, migrationId));
    const begun = await begin(db, { verificationId: id, migrationId }, workerName);
    if (!begun) throw new StaleVerificationError({ verificationId: id, migrationId, epoch: 0 });
    return begun;
  });
}

async function createAtEnd(db: StoreClient, migrationId: string): Promise<{ id: string }> {
  const migration = await db.migration.findUniqueOrThrow({
    where: { id: migrationId },
    include: {
      // Those that were canceled have nothing to compare.
      databases: {
        where: { state: { not: "Canceled" } },
        orderBy: { position: "asc" },
        select: { name: true },
      },
    },
  });
  return await db.verification.create({
    data: {
      migrationId,
      kind: "at-end",
      requestedBy: migration.createdBy,
      databases: migration.databases.map(({ name }) => name),
    },
    select: { id: true },
  });
}

async function begin(
  db: StoreClient,
  ids: { verificationId: string; migrationId: string },
  workerName: string,
): Promise<VerificationRun | null> {
  const rows = await db.$queryRaw<{ epoch: number }[]>`
    update verification
       set run_epoch = run_epoch + 1, state = 'running', started_at = coalesce(started_at, now()), version = version + 1
     where id = ${ids.verificationId}::uuid and state in ('queued', 'running')
    returning run_epoch as epoch`;
  const [row] = rows;
  if (!row) return null;
  await deleteItems(db, ids.verificationId);
  const again = row.epoch > 1;
  await appendEvents(db, ids.migrationId, [
    {
      level: again ? "warning" : "info",
      kind: "verification-started",
      message: again
        ? `Verification begun anew by ${workerName}: the worker before was lost or stopped.`
        : `Verification started by ${workerName}.`,
    },
  ]);
  return { ...ids, epoch: row.epoch };
}

export type VerifiedMigration = Migration & { server: Server; databases: MigrationDatabase[] };
export type LoadedVerification = Verification & { migration: VerifiedMigration };

/** Reads the verification of a run with its migration; throws StaleVerificationError, so that asking also proves ownership. */
export async function loadVerification(run: VerificationRun): Promise<LoadedVerification> {
  const verification = await store().verification.findFirst({
    where: ownedBy(run),
    include: { migration: { include: { server: true, databases: { orderBy: { position: "asc" } } } } },
  });
  if (!verification) throw new StaleVerificationError(run);
  return verification;
}

/** What a user asked of a running verification. */
export interface VerificationWishes {
  cancel: boolean;
  bytesPerSecond: number | null;
  connections: number | null;
}

/** Reads the wishes; one at the end of a migration keeps to the migration's limits. Throws StaleVerificationError. */
export async function readVerificationWishes(run: VerificationRun): Promise<VerificationWishes> {
  const row = await store().verification.findFirst({
    where: ownedBy(run),
    include: { migration: true },
  });
  if (!row) throw new StaleVerificationError(run);
  const limits =
    row.kind === "at-end" && !isTerminal(row.migration.state as MigrationState) ? row.migration : row;
  return {
    cancel: row.cancelRequestedAt !== null,
    bytesPerSecond: limits.throttleBytesPerSecond === null ? null : Number(limits.throttleBytesPerSecond),
    connections: limits.throttleConnections,
  };
}

function ownedBy(run: VerificationRun) {
  return { id: run.verificationId, runEpoch: run.epoch, state: "running" };
}

/** Thousands of items in one statement are not always fast. */
const LONG = { timeout: 60_000, maxWait: 10_000 };

/** As long as a worker without an answer may still believe that it owns the verification. */
const STORE_PATIENCE_MS = 8_000;
const STORE_PAUSE_MS = 500;

/**
 * Runs `write` in one transaction that holds the verification. A store that cannot be reached is tried again for 8 s. Throws
 * StaleVerificationError when the run is superseded.
 */
export async function fencedVerification<T>(
  run: VerificationRun,
  write: (db: StoreClient) => Promise<T>,
): Promise<T> {
  const until = performance.now() + STORE_PATIENCE_MS;
  for (;;) {
    let held = false;
    try {
      return await store().$transaction(async (db) => {
        await db.$executeRaw`update migration set version = version + 1 where id = ${run.migrationId}::uuid`;
        const rows = await db.$executeRaw`
          update verification set version = version + 1
           where id = ${run.verificationId}::uuid and run_epoch = ${run.epoch} and state = 'running'`;
        if (rows === 0) throw new StaleVerificationError(run);
        held = true;
        return await write(db);
      }, LONG);
    } catch (error) {
      // Once the row was held the write may have been committed: what happened then is for the caller to decide.
      if (held || error instanceof StaleVerificationError || performance.now() > until) throw error;
      await sleep(STORE_PAUSE_MS);
    }
  }
}

/** Ends the verification of a run; returns the state it ended in and what was compared. Throws StaleVerificationError. */
export async function finishVerification(
  run: VerificationRun,
  end: VerificationEnd,
): Promise<{ state: VerificationOutcome; counts: ItemCounts }> {
  return await fencedVerification(run, (db) =>
    endVerification(db, { id: run.verificationId, migrationId: run.migrationId }, end),
  );
}
