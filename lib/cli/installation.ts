import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Root of the installation: the folder above this program that holds next.config.js. Throws when it is incomplete. */
export function installationRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "next.config.js"))) return folder;
  }
  throw new Error("the installation is incomplete: next.config.js was not found above the program");
}
