import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Creating and starting a cluster takes seconds; a lock older than this was left by a process whose pid was used again. */
const STALE_AFTER_MS = 180_000;

/**
 * Runs `critical` while no other process holds the lock file at `path`; waits for one that does, and removes the file of
 * one that died. Only for short spans: starting a server, never running one.
 */
export async function withStartLock<T>(
  path: string,
  critical: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  while (!tryTake(path)) {
    removeStale(path);
    await sleep(50, undefined, signal ? { signal } : {});
  }
  try {
    return await critical();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryTake(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function removeStale(path: string): void {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    const age = Date.now() - statSync(path).mtimeMs;
    // An empty file is one being written this moment.
    if (age < STALE_AFTER_MS && (pid === 0 || isAlive(pid))) return;
    // Renaming lets one of several waiting processes win; removing could take a fresh lock away.
    const aside = `${path}.${process.pid}`;
    renameSync(path, aside);
    rmSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
