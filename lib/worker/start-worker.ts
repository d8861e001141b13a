import { hostname } from "node:os";
import { PgBoss } from "pg-boss";
import { closeStore, isStoreOpen, openStore, store } from "@/lib/store/client";
import {
  closeJobQueue,
  enqueueOrphans,
  enqueueOrphanVerifications,
  HEARTBEAT_SECONDS,
  installJobQueue,
  logQueueError,
  MIGRATION_QUEUE,
  type MigrationJob,
  POLL_SECONDS,
  QUEUE_SCHEMA,
  STINT_SECONDS,
  VERIFICATION_QUEUE,
} from "@/lib/store/job-queue";
import { logger } from "@/lib/util/log";
import { keepTargetsRestored } from "./azure/restore-target";
import type { Engine } from "./engine";
import { keepCapturesTidy } from "./online/tidy-captures";
import { removeLeftovers } from "./remove-leftovers";
import { runMigration, stintSignal } from "./run-migration";
import { takeVerificationJobs } from "./verify/take-verification-jobs";
import { WishHints } from "./wish-hints";
import { keepWorkerRow } from "./workers-online";

/** Migrations one worker runs at once; each has connections of its own on both servers. */
const MIGRATIONS_AT_ONCE = 4;
const ORPHANS_MS = 30_000;
/**
 * How often the queue looks for lost heartbeats, and for which migrations have an owner: a hand-over waits for both, since a
 * migration that counts as owned is passed over.
 */
const MONITOR_SECONDS = 1;

export interface WorkerOptions {
  /** The store; becomes the process's own. */
  databaseUrl: string;
  /** Shown in the activity log; default host and process id. */
  name?: string;
  /** Stops the worker like stop(). */
  signal?: AbortSignal;
  engine?: Engine;
  migrationsAtOnce?: number;
}

export interface Worker {
  name: string;
  /** Takes no more migrations, stops those under way and gives them to other workers at once. Idempotent. */
  stop(): Promise<void>;
}

/** Starts taking migrations off the queue. The store's schema must be there (applyStoreMigrations). */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const log = logger("worker").child({ worker: name });
  const opensStore = !isStoreOpen();
  openStore(options.databaseUrl);
  await installJobQueue(options.databaseUrl);
  const stopping = new AbortController();
  const hints = new WishHints(options.databaseUrl);
  const row = await keepWorkerRow(name);
  await removeLeftovers();
  const boss = await startBoss(options.databaseUrl);
  // Loaded only when it is used: it brings a parser and a pg_dump in WASM.
  const engine = options.engine ?? (await import("./default-engine")).DEFAULT_ENGINE;
  const orphans = setInterval(() => {
    enqueueOrphans(store()).then(
      (ids) => ids.length > 0 && log.warn({ ids }, "migrations without a job were queued"),
      (error) => log.warn({ err: error }, "orphans could not be looked for"),
    );
    enqueueOrphanVerifications(store()).then(
      (ids) => ids.length > 0 && log.warn({ ids }, "verifications without a job were queued"),
      (error) => log.warn({ err: error }, "orphaned verifications could not be looked for"),
    );
  }, ORPHANS_MS);
  keepCapturesTidy(engine, stopping.signal);
  keepTargetsRestored(stopping.signal);
  await takeJobs(boss, { ...options, name, engine }, hints, stopping.signal);
  await takeVerificationJobs({ boss, workerName: name, engine, hints, stopping: stopping.signal });
  log.info("worker started");

  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    clearInterval(orphans);
    stopping.abort();
    await Promise.all([
      boss.offWork(MIGRATION_QUEUE, { wait: true }),
      boss.offWork(VERIFICATION_QUEUE, { wait: true }),
    ]);
    await boss.stop({ graceful: false });
    await hints.close();
    await row.remove();
    // A process that had the store open before, such as the one-shot command, goes on with it.
    if (opensStore) {
      await closeJobQueue();
      await closeStore();
    }
    log.info("worker stopped");
  };
  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };
  options.signal?.addEventListener("abort", () => void stopOnce().catch(() => undefined), { once: true });
  return { name, stop: stopOnce };
}

async function startBoss(databaseUrl: string): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    schema: QUEUE_SCHEMA,
    application_name: "howdah worker",
    max: 4,
    schedule: false,
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
    queueCacheIntervalSeconds: MONITOR_SECONDS,
  });
  boss.on("error", logQueueError);
  return await boss.start();
}

async function takeJobs(
  boss: PgBoss,
  options: WorkerOptions & { name: string; engine: Engine },
  hints: WishHints,
  stopping: AbortSignal,
): Promise<void> {
  await boss.work<MigrationJob>(
    MIGRATION_QUEUE,
    {
      localConcurrency: options.migrationsAtOnce ?? MIGRATIONS_AT_ONCE,
      pollingIntervalSeconds: POLL_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 5,
    },
    async ([job]) => {
      if (!job) return;
      const stint = stintSignal(stopping, job.signal, STINT_SECONDS);
      try {
        await runMigration({
          migrationId: job.data.migrationId,
          workerName: options.name,
          takeOvers: job.retryCount,
          engine: options.engine,
          hints,
          signal: stint.signal,
        });
      } finally {
        stint.end();
      }
    },
  );
}
