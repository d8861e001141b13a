import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run-quietly.mjs";

/** The Node of the package "node", whose version is pinned; where its platform has none, the one that runs this. */
export function nodeBinary() {
  const pinned = join(ROOT, "node_modules", ".bin", "node");
  return existsSync(pinned) ? pinned : process.execPath;
}
