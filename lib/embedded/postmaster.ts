import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STOP_TIMEOUT_MS = 60_000;

/** A PostgreSQL server that runs in a data directory, whoever started it. */
export interface Postmaster {
  pid: number;
  port: number;
}

/**
 * The living postmaster of `dataDirectory`, from its lock file; null when there is none or the file was left by a killed one.
 * Layout: https://www.postgresql.org/docs/current/storage-file-layout.html (postmaster.pid: line 1 pid, line 4 port).
 */
export function findPostmaster(dataDirectory: string): Postmaster | null {
  const lines = readLock(dataDirectory);
  if (!lines) return null;
  const pid = Number(lines[0]);
  return isPostmasterOf(pid, dataDirectory) ? { pid, port: Number(lines[3]) } : null;
}

/** Fast shutdown of the server that runs in `dataDirectory`, if any; returns when it has ended. Throws after 60 s. */
export async function stopPostmaster(dataDirectory: string): Promise<void> {
  const running = findPostmaster(dataDirectory);
  if (!running) return;
  process.kill(running.pid, "SIGINT");
  for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += 25) {
    if (!isPostmasterOf(running.pid, dataDirectory)) return;
    await sleep(25);
  }
  throw new Error(
    `a PostgreSQL server (pid ${running.pid}) still runs in ${dataDirectory} and does not stop`,
  );
}

/**
 * Makes the lock file of a killed postmaster that is still a zombie acceptable to the next one. In a container whose first
 * process does not reap orphans it stays one for ever, and PostgreSQL takes every pid that exists for a running server, but
 * not its own parent's, which is why that is written in its place. The other lines stay: by them PostgreSQL still
 * refuses to start while backends of the old server are alive.
 */
export function disownZombie(dataDirectory: string): void {
  const lines = readLock(dataDirectory);
  if (!lines || !isZombie(Number(lines[0]))) return;
  writeFileSync(join(dataDirectory, "postmaster.pid"), [String(process.pid), ...lines.slice(1)].join("\n"));
}

function readLock(dataDirectory: string): string[] | null {
  try {
    return readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the state follows the name, which may hold parentheses itself. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

/** Pids are used again after a crash or a reboot, so the arguments of the process are looked at where the system shows them. */
function isPostmasterOf(pid: number, dataDirectory: string): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return command.includes(dataDirectory);
  } catch {
    return process.platform !== "linux";
  }
}
