import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { toCodedError } from "@/lib/postgres/errors";
import { store } from "@/lib/store/client";
import { enqueueVerification } from "@/lib/store/job-queue";
import type { VerificationEnd } from "@/lib/store/verifications/end-verification";
import {
  claimVerification,
  fencedVerification,
  finishVerification,
  loadVerification,
  StaleVerificationError,
  type VerificationRun,
} from "@/lib/store/verifications/verification-run";
import { openVerificationLogin } from "@/lib/store/verifications/verification-secrets";
import { logger } from "@/lib/util/log";
import { endpointsWith } from "../endpoints";
import type { Engine } from "../engine";
import { abortReason } from "../run-aborted";
import { isStoreError } from "../store-error";
import type { WishHints } from "../wish-hints";
import { verifyDatabases } from "./verify-databases";
import { VerificationWatch } from "./watch-verification";

/** A verification that ends this many workers in a row is not given to another one. */
const MAX_TAKE_OVERS = 5;

/** Keeps a run that fails at once from being taken up again without a pause. */
const RETRY_PAUSE_MS = 1_000;

export interface VerificationOptions {
  verificationId: string;
  workerName: string;
  /** How often a worker lost this job before; 0 for a first attempt. */
  takeOvers: number;
  engine: Pick<Engine, "verifyDatabase">;
  hints: WishHints;
  /** Aborted when the worker shuts down, the stint is over or the queue gave the job to another worker. */
  signal: AbortSignal;
}

/** Owns one verification on demand until it ends or must be handed over. Rejects only when the store is away. */
export async function runVerification(options: VerificationOptions): Promise<void> {
  const { verificationId, workerName } = options;
  const log = logger("worker").child({ verificationId, worker: workerName });
  const run = await claimVerification(verificationId, workerName);
  if (!run) return;
  log.info({ epoch: run.epoch, takeOvers: options.takeOvers }, "verification taken");
  await using watch = new VerificationWatch(run, options.hints);
  const signal = AbortSignal.any([watch.signal, options.signal]);
  try {
    await finishVerification(run, await drive(run, { ...options, signal }, watch, log));
  } catch (error) {
    await leave(run, error, signal, log);
  }
}

async function drive(
  run: VerificationRun,
  { engine, takeOvers, signal }: VerificationOptions,
  watch: VerificationWatch,
  log: Logger,
): Promise<VerificationEnd> {
  if (takeOvers >= MAX_TAKE_OVERS) {
    const message = `${MAX_TAKE_OVERS} workers in a row were lost while they compared these databases.`;
    return { state: "failed", error: { code: "WORKER_LOST", message } };
  }
  const verification = await loadVerification(run);
  const endpoints = endpointsWith(verification.migration, {
    source: await openVerificationLogin(store(), verification.id, "source"),
    target: await openVerificationLogin(store(), verification.id, "target"),
  });
  return await verifyDatabases({ run, verification, endpoints, engine, watch, log, signal });
}

/** The run cannot go on here: ends it as canceled or failed, hands it over, or keeps silent. */
async function leave(run: VerificationRun, error: unknown, signal: AbortSignal, log: Logger): Promise<void> {
  const reason = abortReason(signal);
  if (reason === "canceled") {
    await finishVerification(run, { state: "canceled" });
    return;
  }
  if (reason === "released") {
    await fencedVerification(run, (db) => enqueueVerification(db, run.verificationId));
    log.info("verification released");
    return;
  }
  if (reason !== null || error instanceof StaleVerificationError || isStoreError(error)) {
    log.warn({ err: error, reason }, "verification left without a result");
    if (reason === "superseded" || error instanceof StaleVerificationError) return;
    await sleep(RETRY_PAUSE_MS);
    throw error;
  }
  const { code, message } = toCodedError(error, "INTERNAL");
  log.error({ err: error, code }, "verification failed");
  await finishVerification(run, { state: "failed", error: { code, message } });
}
