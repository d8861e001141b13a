import { ArmError } from "@/lib/arm/arm-error";
import type { Actor } from "./actor";
import { type Call, isMutating } from "./call";

/** A bucket of calls that fills up again: `most` at once, `perSecond` in the long run, as Resource Manager does it. */
export interface CallLimit {
  kind: "read" | "write";
  header: string;
  most: number;
  perSecond: number;
}

/** Azure's figures: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const READS: CallLimit = {
  kind: "read",
  header: "x-ms-ratelimit-remaining-subscription-reads",
  most: 250,
  perSecond: 25,
};
const WRITES: CallLimit = {
  kind: "write",
  header: "x-ms-ratelimit-remaining-subscription-writes",
  most: 200,
  perSecond: 10,
};

/** Beyond this many callers those least heard of are forgotten; bounds memory. */
const MOST_BUCKETS = 10_000;

interface Bucket {
  left: number;
  at: number;
}

// Next instantiates a module once per bundle; only globalThis is shared by all of them.
const shared = globalThis as typeof globalThis & { howdahCalls?: Map<string, Bucket> };

/** Counts a call of the ARM routes; returns the header that tells how many are left. Throws ArmError 429, as `takeCall`. */
export function countArmCall(call: Call, actor: Actor): Record<string, string> {
  const limit = limitFor(isMutating(call) ? WRITES : READS);
  return { [limit.header]: String(takeCall(limit, actor.tokenId ?? actor.name)) };
}

/**
 * Takes one call out of the bucket of `who` in this process and returns how many whole calls are left. Throws ArmError 429 with
 * the seconds to wait when it is empty. `now` in milliseconds.
 */
export function takeCall(limit: CallLimit, who: string, now = Date.now()): number {
  shared.howdahCalls ??= new Map();
  const buckets = shared.howdahCalls;
  const key = `${limit.kind} ${who}`;
  const before = buckets.get(key) ?? { left: limit.most, at: now };
  const refilled = before.left + ((now - before.at) / 1000) * limit.perSecond;
  const left = Math.min(limit.most, refilled) - 1;
  if (left < 0) throw throttled(limit, who, Math.max(1, Math.ceil(-left / limit.perSecond)));
  // Deleting first moves the key to the end, so that the first key is the one used longest ago.
  buckets.delete(key);
  buckets.set(key, { left, at: now });
  if (buckets.size > MOST_BUCKETS) {
    for (const quietest of buckets.keys()) {
      buckets.delete(quietest);
      break;
    }
  }
  return Math.floor(left);
}

function throttled({ kind, header }: CallLimit, who: string, seconds: number): ArmError {
  return new ArmError(
    429,
    "SubscriptionRequestsThrottled",
    `Number of '${kind}' requests of '${who}' exceeded. Please try again after '${seconds}' seconds.`,
    { headers: { "retry-after": String(seconds), [header]: "0" } },
  );
}

/** HOWDAH_ARM_CALLS_FACTOR multiplies both figures, for installations whose scripts do more. */
function limitFor(limit: CallLimit): CallLimit {
  const factor = Number(process.env["HOWDAH_ARM_CALLS_FACTOR"] ?? "1");
  if (!(factor > 0)) return limit;
  return {
    ...limit,
    most: Math.max(1, Math.round(limit.most * factor)),
    perSecond: limit.perSecond * factor,
  };
}
