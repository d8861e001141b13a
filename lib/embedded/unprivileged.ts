import { chownSync } from "node:fs";

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
