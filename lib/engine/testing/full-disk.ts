import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { giveToServer } from "@/lib/embedded/unprivileged";

/** A small file system of its own. */
export interface SmallDisk extends Disposable {
  /** An empty folder on it that belongs to the test servers' user. */
  folder: string;
}

/** Mounts a tmpfs of so many megabytes; null where that is not allowed (it needs root and the right to mount). */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const mountPoint = mkdtempSync(join(tmpdir(), "howdah-disk-"));
  try {
    const options = `size=${megabytes}m,mode=0755`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", mountPoint], { stdio: "ignore" });
  } catch {
    rmSync(mountPoint, { recursive: true });
    return null;
  }
  const folder = join(mountPoint, "space");
  mkdirSync(folder, { mode: 0o700 });
  giveToServer(folder);
  return {
    folder,
    [Symbol.dispose]() {
      // Lazily: a server that is just ending may still hold a file.
      execFileSync("umount", ["-l", mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}
