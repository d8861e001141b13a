import { readFileSync } from "node:fs";

/** Linux counts the time of processes in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;
/** Of /proc/PID/stat after the program's name: user and system time of the children that have ended (proc(5)). */
const CHILDREN_TIMES = [13, 14];

/**
 * CPU seconds that the ended sessions and workers of these servers took since they started; `pids` are those of their
 * postmasters. NaN where the system does not tell. The difference around a move is what the move asked of the servers.
 */
export function serverCpuSeconds(pids: readonly number[]): number {
  try {
    return pids.reduce((sum, pid) => sum + childrenSeconds(pid), 0);
  } catch {
    return Number.NaN;
  }
}

function childrenSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return CHILDREN_TIMES.reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND;
}
