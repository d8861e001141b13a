import { availableParallelism, loadavg } from "node:os";

/**
 * A limit of `ms` milliseconds, which holds on a machine that does nothing else, for the machine as it is now: with twice
 * as much to do as it has cores for, everything takes twice as long and is no failure.
 */
export function underLoad(ms: number): number {
  const [load = 0] = loadavg();
  return ms * Math.max(1, load / availableParallelism());
}
