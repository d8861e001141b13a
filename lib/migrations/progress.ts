/** Progress, remaining time and stalls of a copy, from figures alone. Pure: the same on server, page and terminal. */

export interface ProgressFigures {
  bytesEstimated: number;
  bytesCopied: number;
  /** True once everything, indexes included, is done. */
  done: boolean;
}

/**
 * Whole percent by bytes, 0 to 100. The estimate comes from sizes on disk and may be too small, and indexes follow the rows:
 * hence never 100 before it is done. null while nothing has been planned.
 */
export function percentOf({ bytesEstimated, bytesCopied, done }: ProgressFigures): number | null {
  if (done) return 100;
  if (bytesEstimated <= 0) return null;
  return Math.min(99, Math.max(0, Math.floor((bytesCopied / bytesEstimated) * 100)));
}

export interface RateSample {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Total so far. */
  bytesCopied: number;
}

/** The rate shown forgets half of the past in this time: long enough for single big values, short enough for a change of tables. */
const HALF_LIFE_MS = 10_000;
/** Nothing is sampled while a migration is paused or its worker is away: a longer gap tells nothing about the rate. */
const LONGEST_INTERVAL_MS = 30_000;

/**
 * Bytes per second, exponentially weighted towards the present, from samples oldest first. Intervals in which the total fell (a
 * table begun anew) do not count, nor does the time before the first byte. null with fewer than two samples.
 */
export function smoothedRate(samples: readonly RateSample[], halfLifeMs = HALF_LIFE_MS): number | null {
  let bytes = 0;
  let elapsed = 0;
  const begin = samples.findIndex(({ bytesCopied }) => bytesCopied > 0);
  for (let index = Math.max(1, begin); index < samples.length; index++) {
    const [before, now] = [samples[index - 1], samples[index]];
    if (!before || !now) continue;
    const elapsedMs = Math.min(now.atMs - before.atMs, LONGEST_INTERVAL_MS);
    const grown = now.bytesCopied - before.bytesCopied;
    if (elapsedMs <= 0 || grown < 0) continue;
    const kept = 0.5 ** (elapsedMs / halfLifeMs);
    bytes = bytes * kept + grown;
    elapsed = elapsed * kept + elapsedMs;
  }
  return elapsed === 0 ? null : (bytes / elapsed) * 1000;
}

/** Whole seconds since the total last grew, seen from `nowMs`; 0 with fewer than two samples. */
export function stalledSeconds(samples: readonly RateSample[], nowMs: number): number {
  const last = samples.at(-1);
  if (!last || samples.length < 2) return 0;
  let since = last.atMs;
  for (let index = samples.length - 1; index > 0; index--) {
    const [before, now] = [samples[index - 1], samples[index]];
    if (!before || !now) break;
    since = now.atMs;
    if (now.bytesCopied > before.bytesCopied) break;
    since = before.atMs;
  }
  return Math.max(0, Math.floor((nowMs - since) / 1000));
}
