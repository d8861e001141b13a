import { fromPrisma, PgBoss, type QueueOptions, type QueuePolicy } from "pg-boss";
import { logger } from "@/lib/util/log";
import { type StoreClient, storeUrl } from "./client";

/** One job of this queue is the ownership of one migration. */
export const MIGRATION_QUEUE = "migration";
export const QUEUE_SCHEMA = "pgboss";

export interface MigrationJob {
  migrationId: string;
}

/** One job of this queue is the ownership of one verification on demand. */
export const VERIFICATION_QUEUE = "verification";

export interface VerificationJob {
  verificationId: string;
}

/** Seconds without a heartbeat after which another worker takes over; pg-boss accepts no less. */
export const HEARTBEAT_SECONDS = 10;

/** How often a worker looks for a job. */
export const POLL_SECONDS = 0.5;

/** pg-boss ends a job after 24 h at the latest; a longer stint hands over to a fresh job before that. */
export const STINT_SECONDS = 23 * 3600;

/**
 * stately = at most one waiting and one active job per key: a migration never has two owners, yet a wish that arrives while
 * the last owner is on its way out still finds room to queue. Take-overs are counted by the worker, so the limit here never bites.
 */
const QUEUE: QueueOptions & { policy: QueuePolicy } = {
  policy: "stately",
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: STINT_SECONDS + 1800,
  retryLimit: 10_000,
  retryDelay: 0,
  retentionSeconds: 400 * 24 * 3600,
  deleteAfterSeconds: 24 * 3600,
};

const shared = globalThis as typeof globalThis & { howdahSender?: { url: string; boss: Promise<PgBoss> } };

/** Creates the queue's schema in the store at `databaseUrl`; idempotent. */
export async function installJobQueue(databaseUrl: string): Promise<void> {
  const boss = await startSender(databaseUrl);
  await boss.stop({ graceful: false });
}

/**
 * Queues the ownership of a migration within the caller's transaction, at `startAfter` or at once. A job that already waits
 * for the same migration is moved to that time instead.
 */
export async function enqueueMigration(
  db: StoreClient,
  migrationId: string,
  startAfter?: Date,
): Promise<void> {
  const boss = await sender();
  const job: MigrationJob = { migrationId };
  await boss.upsert(MIGRATION_QUEUE, job, {
    singletonKey: migrationId,
    startAfter: startAfter ?? 0,
    db: fromPrisma(db),
  });
}

/** Queues the ownership of a verification within the caller's transaction. */
export async function enqueueVerification(db: StoreClient, verificationId: string): Promise<void> {
  const boss = await sender();
  const job: VerificationJob = { verificationId };
  await boss.upsert(VERIFICATION_QUEUE, job, { singletonKey: verificationId, db: fromPrisma(db) });
}

/** Queues verifications on demand that have no job; returns their ids. */
export async function enqueueOrphanVerifications(db: StoreClient): Promise<string[]> {
  const orphans = await db.$queryRaw<{ id: string }[]>`
    select v.id from verification v
    where v.state in ('queued', 'running') and v.kind = 'on-demand'
      and not exists (
        select 1 from pgboss.job j
        where j.name = ${VERIFICATION_QUEUE} and j.singleton_key = v.id::text and j.state in ('created', 'retry', 'active'))`;
  for (const { id } of orphans) await enqueueVerification(db, id);
  return orphans.map(({ id }) => id);
}

/** Queues active migrations that have no job (a queue restored from a backup, a job that ran out of retention); returns their ids. */
export async function enqueueOrphans(db: StoreClient): Promise<string[]> {
  const orphans = await db.$queryRaw<{ id: string }[]>`
    select m.id from migration m
    where (m.state in ('InProgress', 'CleaningUp') or m.substate = 'WaitingForCutoverTrigger') and m.paused_at is null
      and not exists (
        select 1 from pgboss.job j
        where j.name = ${MIGRATION_QUEUE} and j.singleton_key = m.id::text and j.state in ('created', 'retry', 'active'))`;
  for (const { id } of orphans) await enqueueMigration(db, id);
  return orphans.map(({ id }) => id);
}

/** Ends the sending side of this process; for tests and one-shot commands. */
export async function closeJobQueue(): Promise<void> {
  const open = shared.howdahSender;
  delete shared.howdahSender;
  if (open) await (await open.boss).stop({ graceful: false });
}

function sender(): Promise<PgBoss> {
  const url = storeUrl();
  if (shared.howdahSender?.url !== url) {
    const boss = startSender(url);
    shared.howdahSender = { url, boss };
    boss.catch(() => {
      delete shared.howdahSender;
    });
  }
  return shared.howdahSender.boss;
}

const REPEAT_MS = 30_000;
const lastLogged = new Map<string, number>();

/** Logs an error of the queue's own clocks, which recur every second while the store is away: the same one twice a minute. */
export function logQueueError(error: Error): void {
  const now = performance.now();
  if (now - (lastLogged.get(error.message) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
  lastLogged.set(error.message, now);
  logger("queue").error({ err: error }, "job queue");
}

/** A pg-boss that only sends: it supervises nothing and its statements run in the caller's transactions. */
async function startSender(url: string): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    schema: QUEUE_SCHEMA,
    application_name: "howdah queue",
    max: 2,
    supervise: false,
    schedule: false,
  });
  boss.on("error", logQueueError);
  await boss.start();
  await boss.createQueue(MIGRATION_QUEUE, QUEUE);
  await boss.createQueue(VERIFICATION_QUEUE, QUEUE);
  return boss;
}
