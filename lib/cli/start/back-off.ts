const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/**
 * A process that ran this long had started well: its end does not count as a failed start, and the next one begins at once, so
 * that a migration whose worker is killed again and again goes on within seconds each time.
 */
export const STEADY_MS = 10_000;

/** Milliseconds to wait before the next start after `failures` failed ones in a row. */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures));
}
