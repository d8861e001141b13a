import { howdahOptions } from "@/lib/migrations/contract";
import { countNoun } from "@/lib/migrations/format-quantity";
import { toCodedError } from "@/lib/postgres/errors";
import { writePhases } from "@/lib/store/phases";
import { fenced, type LoadedMigration } from "@/lib/store/run";
import type { VerificationEnd, VerificationOutcome } from "@/lib/store/verifications/end-verification";
import type { ItemCounts } from "@/lib/store/verifications/verification-items";
import {
  claimVerificationAtEnd,
  finishVerification,
  loadVerification,
  StaleVerificationError,
  type VerificationRun,
} from "@/lib/store/verifications/verification-run";
import type { ErrorCode } from "@/lib/util/error-codes";
import { openEndpoints } from "../endpoints";
import { abortReason } from "../run-aborted";
import type { RunContext } from "../run-context";
import { isStoreError } from "../store-error";
import { verifyDatabases } from "./verify-databases";
import { VerificationWatch } from "./watch-verification";

/** True when the user asked for a comparison before the migration counts as succeeded. */
export function verifiesAtEnd(migration: LoadedMigration): boolean {
  return howdahOptions.parse(migration.options).verifyAtEnd === true;
}

/**
 * Compares both sides of a migration that has moved everything. null when they are equal, else the error the migration fails
 * with. Throws the signal's reason when the migration itself is canceled or handed over: the next worker begins it anew.
 */
export async function verifyAtEnd(
  context: RunContext,
  migration: LoadedMigration,
): Promise<{ code: ErrorCode; message: string } | null> {
  const { run } = context;
  const verification = await claimVerificationAtEnd(run, migration.workerName ?? "a worker");
  await notePhase(context, "started");
  const end = await compare(context, migration, verification);
  const { state, counts } = await finishVerification(verification, end);
  await notePhase(context, "ended");
  return failureOf(state, counts, end, sinceWhen(migration));
}

async function compare(
  { engine, hints, log, signal: owned }: RunContext,
  migration: LoadedMigration,
  run: VerificationRun,
): Promise<VerificationEnd> {
  await using watch = new VerificationWatch(run, hints);
  const signal = AbortSignal.any([owned, watch.signal]);
  try {
    const verification = await loadVerification(run);
    const endpoints = await openEndpoints(migration);
    return await verifyDatabases({ run, verification, endpoints, engine, watch, log, signal });
  } catch (error) {
    owned.throwIfAborted();
    if (abortReason(signal) === "canceled") return { state: "canceled" };
    signal.throwIfAborted();
    if (error instanceof StaleVerificationError || isStoreError(error)) throw error;
    const { code, message } = toCodedError(error, "INTERNAL");
    log.error({ err: error, code }, "verification failed");
    return { state: "failed", error: { code, message } };
  }
}

async function notePhase({ run }: RunContext, change: "started" | "ended"): Promise<void> {
  await fenced(run, (db) =>
    writePhases(db, run.migrationId, [{ phase: "verify", change, at: new Date().toISOString() }]),
  );
}

const KEPT = "All data was copied, and nothing was removed from the target.";

/** From when on writes to the source are not on the target. */
function sinceWhen({ mode }: LoadedMigration): string {
  return mode === "Online" ? "after the cutover began" : "since the copy";
}

function failureOf(
  state: VerificationOutcome,
  { total, different, unchecked }: ItemCounts,
  { error }: VerificationEnd,
  since: string,
): { code: ErrorCode; message: string } | null {
  const things = countNoun(total, "object");
  switch (state) {
    case "equal":
      return null;
    case "different": {
      const open = unchecked > 0 ? `, ${unchecked} could not be compared` : "";
      return {
        code: "VERIFICATION_FAILED",
        message: `The verification found that ${different} of ${things} ${different === 1 ? "differs" : "differ"}${open}. ${KEPT} Writes to the source ${since} are a common cause.`,
      };
    }
    case "incomplete":
      return {
        code: "VERIFICATION_INCOMPLETE",
        message: `The verification found no difference, but ${unchecked > 0 ? `${unchecked} of ${things} could not` : "not everything could"} be compared. ${KEPT}`,
      };
    case "canceled":
      return {
        code: "VERIFICATION_INCOMPLETE",
        message: `The verification at the end was canceled. ${KEPT}`,
      };
    case "failed":
      return {
        code: "VERIFICATION_INCOMPLETE",
        message: `The verification at the end could not run. ${error ? `${error.message} (${error.code}) ` : ""}${KEPT}`,
      };
  }
}
