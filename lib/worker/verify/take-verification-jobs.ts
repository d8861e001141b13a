import type { PgBoss } from "pg-boss";
import {
  HEARTBEAT_SECONDS,
  POLL_SECONDS,
  STINT_SECONDS,
  VERIFICATION_QUEUE,
  type VerificationJob,
} from "@/lib/store/job-queue";
import type { Engine } from "../engine";
import { stintSignal } from "../run-migration";
import type { WishHints } from "../wish-hints";
import { runVerification } from "./run-verification";

/** Verifications one worker runs at once: they read every table on both sides. */
const VERIFICATIONS_AT_ONCE = 2;

/** Begins to take verifications off their queue; `boss.offWork(VERIFICATION_QUEUE)` ends it. */
export async function takeVerificationJobs(options: {
  boss: PgBoss;
  workerName: string;
  engine: Pick<Engine, "verifyDatabase">;
  hints: WishHints;
  /** Aborted when the worker shuts down. */
  stopping: AbortSignal;
}): Promise<void> {
  const { boss, stopping, ...rest } = options;
  await boss.work<VerificationJob>(
    VERIFICATION_QUEUE,
    {
      localConcurrency: VERIFICATIONS_AT_ONCE,
      pollingIntervalSeconds: POLL_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 5,
    },
    async ([job]) => {
      if (!job) return;
      const stint = stintSignal(stopping, job.signal, STINT_SECONDS);
      const { verificationId } = job.data;
      try {
        await runVerification({ ...rest, verificationId, takeOvers: job.retryCount, signal: stint.signal });
      } finally {
        stint.end();
      }
    },
  );
}
