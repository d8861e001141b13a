import { availableParallelism, loadavg } from "node:os";

const TAKE_OVER_MS = 15_000;

/** Milliseconds within which another worker has taken over; a machine that has other work as well may take its time. */
export function takeOverLimitMs(): number {
  const [load = 0] = loadavg();
  return TAKE_OVER_MS * Math.max(1, load / availableParallelism());
}
