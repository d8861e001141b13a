import { countNoun } from "@/lib/migrations/format-quantity";
import type { VerificationState } from "@/lib/migrations/vocabulary";
import type { ErrorCode } from "@/lib/util/error-codes";
import type { StoreClient } from "../client";
import { appendEvents, type NewEvent, storable } from "../events";
import { countItems, type ItemCounts } from "./verification-items";
import { deleteVerificationLogins } from "./verification-secrets";

export type VerificationOutcome = Exclude<VerificationState, "queued" | "running">;

export interface VerificationEnd {
  state: VerificationOutcome;
  error?: { code: ErrorCode; message: string };
}

interface Ending {
  id: string;
  migrationId: string;
}

/**
 * Ends a verification within the caller's transaction: what was not compared is marked so, the logins are forgotten, the
 * migration's log says how it went. An "equal" with anything unchecked becomes "incomplete"; returns the state it ended in.
 */
export async function endVerification(
  db: StoreClient,
  { id, migrationId }: Ending,
  end: VerificationEnd,
): Promise<{ state: VerificationOutcome; counts: ItemCounts }> {
  await db.verificationItem.updateMany({
    where: { verificationId: id, state: { in: ["queued", "running"] } },
    data: { state: "unchecked", message: "Not compared: the verification ended before." },
  });
  const counts = await countItems(db, id);
  const state = soberState(end.state, counts);
  await db.verification.update({
    where: { id },
    data: {
      state,
      endedAt: new Date(),
      error: end.error ? storable(end.error.message) : null,
      errorCode: end.error?.code ?? null,
      version: { increment: 1 },
      // A worker that still believes it owns it writes no more.
      runEpoch: { increment: 1 },
    },
  });
  await deleteVerificationLogins(db, id);
  await appendEvents(db, migrationId, [endEvent(state, counts, end)]);
  return { state, counts };
}

/** What the items say weighs more than what a run says of itself. */
function soberState(
  state: VerificationOutcome,
  { total, different, unchecked }: ItemCounts,
): VerificationOutcome {
  if (state !== "equal" && state !== "incomplete" && state !== "different") return state;
  if (different > 0) return "different";
  // Nothing compared proves nothing: patterns that mean no table, for one.
  return state === "equal" && (unchecked > 0 || total === 0) ? "incomplete" : state;
}

/** Ends every verification of a migration that begins to move data again: what they compare changes under them. */
export async function cancelOpenVerifications(db: StoreClient, migrationId: string): Promise<void> {
  const open = await db.verification.findMany({
    where: { migrationId, state: { in: ["queued", "running"] } },
    select: { id: true, migrationId: true },
  });
  for (const verification of open) await endVerification(db, verification, { state: "canceled" });
}

/** Ends the verification that belongs to the end of a migration, when the migration itself has ended around it. */
export async function endVerificationWithMigration(
  db: StoreClient,
  migrationId: string,
  canceled: boolean,
): Promise<void> {
  const open = await db.verification.findMany({
    where: { migrationId, kind: "at-end", state: { in: ["queued", "running"] } },
    select: { id: true, migrationId: true },
  });
  for (const verification of open) {
    await endVerification(
      db,
      verification,
      canceled
        ? { state: "canceled" }
        : {
            state: "failed",
            error: { code: "WORKER_LOST", message: "The migration ended before it was verified." },
          },
    );
  }
}

function endEvent(state: VerificationOutcome, counts: ItemCounts, { error }: VerificationEnd): NewEvent {
  const { total, different, unchecked } = counts;
  const data = { ...counts, ...(error ? { code: error.code } : {}) };
  const event = (level: NewEvent["level"], message: string): NewEvent => ({
    level,
    kind: "verification-ended",
    message: `Verification: ${message}`,
    data,
  });
  const found = `${countNoun(different, "object")} of ${total} differ${different === 1 ? "s" : ""}`;
  const open = unchecked > 0 ? `, ${unchecked} could not be compared` : "";
  switch (state) {
    case "equal":
      return event("info", `source and target are equal (${countNoun(total, "object")} compared).`);
    case "different":
      return event("error", `${found}${open}.`);
    case "incomplete":
      return event(
        "warning",
        `no difference was found, but ${unchecked || "not everything"} could not be compared.`,
      );
    case "canceled":
      return event("info", `canceled${different > 0 ? `; until then ${found}` : ""}.`);
    case "failed":
      return event("error", `could not run. ${error?.message ?? ""}`.trim());
  }
}
