import { ArmError } from "@/lib/arm/arm-error";

/** How often something may be done, and within how many milliseconds. */
export interface RateLimit {
  /** Names the limit; each has counters of its own. */
  name: string;
  most: number;
  withinMs: number;
}

/** Beyond this many actors the quietest counters are forgotten; bounds memory. */
const MOST_COUNTERS = 10_000;

// Next instantiates a module once per bundle; only globalThis is shared by all of them.
const shared = globalThis as typeof globalThis & { howdahRates?: Map<string, number[]> };

/**
 * Counts one use by `who` in this process. Throws ArmError 429 with the seconds to wait when there were too many of late.
 * `now` in milliseconds.
 */
export function countUse(limit: RateLimit, who: string, now = Date.now()): void {
  shared.howdahRates ??= new Map();
  const counters = shared.howdahRates;
  const key = `${limit.name} ${who}`;
  const recent = (counters.get(key) ?? []).filter((at) => at > now - limit.withinMs);
  const [oldest = now] = recent;
  if (recent.length >= limit.most) {
    const seconds = Math.max(1, Math.ceil((oldest + limit.withinMs - now) / 1000));
    throw new ArmError(
      429,
      "TooManyRequests",
      `More than ${limit.most} requests in ${limit.withinMs / 1000} seconds. Try again in ${seconds} seconds.`,
      { headers: { "retry-after": String(seconds) } },
    );
  }
  // Deleting first moves the key to the end, so that the first key is the one used longest ago.
  counters.delete(key);
  counters.set(key, [...recent, now]);
  if (counters.size > MOST_COUNTERS) {
    for (const quietest of counters.keys()) {
      counters.delete(quietest);
      break;
    }
  }
}
