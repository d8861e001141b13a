import { execFileSync } from "node:child_process";
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
 * Makes the lock file that a killed postmaster left acceptable to the next one. PostgreSQL takes every pid that exists for
 * a running server: also one that is still being taken down, one that stays a zombie in a container whose first process
 * does not reap orphans, and a stranger's that got the same pid after a restart. Its own parent's it does not mind,
 * which is why that is written in its place. The other lines stay: by them PostgreSQL still refuses to start while
 * backends of the old server are alive.
 */
export function disownLock(dataDirectory: string): void {
  const lines = readLock(dataDirectory);
  if (!lines || isPostmasterOf(Number(lines[0]), dataDirectory)) return;
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

/** Pids are used again after a crash or a restart, so the arguments of the process are looked at. */
function isPostmasterOf(pid: number, dataDirectory: string): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    return hasArgument(pid, dataDirectory);
  } catch {
    return false;
  }
}

/** As one whole argument, since others name the folder too, as part of a path. Throws when there is no such process. */
function hasArgument(pid: number, argument: string): boolean {
  if (process.platform === "linux")
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(argument);
  const line = execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return `${line.trim()} `.includes(` ${argument} `);
}
