import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ROOT } from "./root.mjs";

/** The Node of the package "node", whose version is pinned; where its platform has none, the one that runs this. */
export function nodeBinary() {
  const pinned = join(ROOT, "node_modules", ".bin", "node");
  return existsSync(pinned) ? pinned : process.execPath;
}

/** PATH on which the packages' programs come first, as under `npm run`. */
export function pathWithPackages() {
  return [join(ROOT, "node_modules", ".bin"), process.env["PATH"]].filter(Boolean).join(delimiter);
}
