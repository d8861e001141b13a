const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** A process that ran this long had started well; its end does not count as a failed start. */
export const STEADY_MS = 60_000;

/** Milliseconds to wait before the next start after `failures` failed ones in a row. */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures));
}
