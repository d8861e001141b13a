import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CodedError } from "@/lib/util/coded-error";
import { blockingFolder } from "./unprivileged";

/**
 * Where store, key and port file lie: HOWDAH_DATA_DIR, else the platform's place for a user's data. For root a system
 * folder, because root's home is closed to the unprivileged user the store's server runs as.
 */
export function dataDirectory(): string {
  const chosen = process.env["HOWDAH_DATA_DIR"];
  if (chosen) return resolve(/* turbopackIgnore: true */ chosen);
  if (process.getuid?.() === 0) return "/var/lib/howdah";
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "howdah");
  return join(process.env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "howdah");
}

/**
 * Creates the data directory when needed and returns its path. A new one is 0700, for root 0711: the store's unprivileged
 * user has to pass through, but not to list. Throws CodedError DATA_DIRECTORY_UNUSABLE.
 */
export function prepareDataDirectory(): string {
  const folder = dataDirectory();
  const root = process.getuid?.() === 0;
  try {
    if (!existsSync(/* turbopackIgnore: true */ folder))
      mkdirSync(/* turbopackIgnore: true */ folder, { recursive: true, mode: root ? 0o711 : 0o700 });
    accessSync(/* turbopackIgnore: true */ folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusable(`The data directory ${folder} cannot be created or written.`, cause);
  }
  const blocking = blockingFolder(folder);
  if (blocking !== null) {
    throw unusable(
      `PostgreSQL does not run as root, and the user "nobody" it runs as instead cannot enter ${blocking}.`,
    );
  }
  return folder;
}

function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError("DATA_DIRECTORY_UNUSABLE", message, { cause });
}
