import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const TRY_AGAIN_MS = 200;
/** How often the holder says that it still works. */
const SIGN_OF_LIFE_MS = 5_000;
/** Without a sign of life for so long, the holder's pid has been given to another program. */
const STALE_AFTER_MS = 60_000;

/**
 * Runs `critical` while no other process holds the lock file at `path`. `onWait` is called once if another one does; a
 * file that its holder left when it died does not count. Resolves to what `critical` resolves to, throws what it throws.
 */
export async function withLock(path, critical, onWait = () => undefined) {
  for (let waits = false; !tryTake(path); waits = true) {
    if (!waits) onWait();
    await sleep(TRY_AGAIN_MS);
    removeStale(path);
  }
  const signs = setInterval(() => touch(path), SIGN_OF_LIFE_MS);
  try {
    return await critical();
  } finally {
    clearInterval(signs);
    rmSync(path, { force: true });
  }
}

function tryTake(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Someone removed the file by hand: nothing depends on it then.
  }
}

function removeStale(path) {
  try {
    if (!isStale(path)) return;
    // Of several that wait one wins the renaming; removing at once could take the winner's new lock away.
    const aside = `${path}.${process.pid}.stale`;
    renameSync(path, aside);
    if (isStale(aside)) rmSync(aside);
    else renameSync(aside, path);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

function isStale(path) {
  return Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS || !isAlive(Number(readFileSync(path, "utf8")));
}

/** A file without a pid is one being written this moment: 0 stands for this process's own group, which lives. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
