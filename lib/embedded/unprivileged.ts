import { chownSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** uid and gid of "nobody", which every Unix has; PostgreSQL refuses to run as root and as a uid without a name. */
const NOBODY = 65_534;

/** Spawn options that drop root; empty for an ordinary user. */
export function unprivilegedIdentity(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** Gives `path` to the identity that embedded servers run as; nothing to do for an ordinary user. */
export function giveToServer(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}

/**
 * The first folder on the way to `folder`, itself included, that the identity of embedded servers cannot enter;
 * null when it can enter all, which an ordinary user's servers always can as they are the user. `folder` exists.
 */
export function blockingFolder(folder: string): string | null {
  if (process.getuid?.() !== 0) return null;
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    const { mode, uid } = statSync(/* turbopackIgnore: true */ path);
    const enter = uid === NOBODY ? 0o100 : 0o001;
    if ((mode & enter) === 0) return path;
  }
  return null;
}
