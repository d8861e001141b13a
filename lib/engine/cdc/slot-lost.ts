import { formatLsn, type Lsn } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import type { SlotHealth } from "./slots";

/** Says why nothing can be followed any more; `slot` null: it is not there. */
export function slotLost(name: string, slot: SlotHealth | null): CodedError {
  const reason = slot?.invalidationReason ?? slot?.walStatus;
  const message = slot
    ? `The source has given up the replication slot ${name} (${reason ?? "its WAL is gone"}): what was changed since cannot be had any more.`
    : `The replication slot ${name} is gone from the source: it was dropped, or the source failed over to a server that has not got it. What was changed since cannot be had any more.`;
  return new CodedError("SLOT_LOST", message, { subject: name });
}

/**
 * The slot is told of nothing that the target has not noted durably, so that a target that is behind has lost changes which
 * nobody can send again. Throws CodedError TARGET_BEHIND then.
 */
export function assertNotBehind(slot: string, confirmedLsn: Lsn | null, progressLsn: Lsn): void {
  if (confirmedLsn === null || progressLsn >= confirmedLsn) return;
  const message = `The target is as of ${formatLsn(progressLsn)}, but it had confirmed everything up to ${formatLsn(confirmedLsn)}: it was set back, or failed over to a server that was not in step. The source does not keep what was changed in between any more.`;
  throw new CodedError("TARGET_BEHIND", message, { subject: slot });
}
