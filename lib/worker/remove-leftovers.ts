import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DUMP_FOLDERS, dumpFolderOwner } from "@/lib/engine/schema/native-environment";

/** A pg_dump reads its password file within seconds; a folder this old was left by a process that was killed, whichever it was. */
const LEFT_BEHIND_MS = 10 * 60_000;

/**
 * Removes the folders that killed processes of this user left for a pg_dump, with the password it needed, from the folder for
 * temporary files: at once where the process is gone. Never throws.
 */
export async function removeLeftovers(now = Date.now()): Promise<string[]> {
  const removed: string[] = [];
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(DUMP_FOLDERS))) {
    const path = join(tmpdir(), name);
    try {
      const { mtimeMs, uid } = await stat(path);
      if (process.getuid && uid !== process.getuid()) continue;
      if (now - mtimeMs < LEFT_BEHIND_MS && !isOrphan(name)) continue;
      await rm(path, { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Gone by now, or not ours to remove.
    }
  }
  return removed;
}

/** True when the process that made the folder has ended. */
function isOrphan(name: string): boolean {
  const pid = dumpFolderOwner(name);
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
