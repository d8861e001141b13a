import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folders the engine makes for one pg_dump, with the password it needs; see lib/engine/schema/native-environment.ts. */
const PREFIX = "howdah-pg-dump-";

/** A pg_dump reads its password file within seconds; a folder this old was left by a process that was killed. */
const LEFT_BEHIND_MS = 10 * 60_000;

/** Removes what killed processes of this user left in the folder for temporary files. Never throws. */
export async function removeLeftovers(now = Date.now()): Promise<string[]> {
  const removed: string[] = [];
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const path = join(tmpdir(), name);
    try {
      const { mtimeMs, uid } = await stat(path);
      if (now - mtimeMs < LEFT_BEHIND_MS || (process.getuid && uid !== process.getuid())) continue;
      await rm(path, { recursive: true, force: true });
      removed.push(name);
    } catch {
      // Gone by now, or not ours to remove.
    }
  }
  return removed;
}
