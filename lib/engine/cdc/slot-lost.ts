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
