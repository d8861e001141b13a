import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CodedError } from "@/lib/util/coded-error";
import { findFreePort, isPortFree } from "./free-port";

const credentials = z.object({ port: z.int().min(1).max(65_535), password: z.string().min(16) });

/** Port and password of the embedded store; both chosen at random when the store is first created. */
export type StoreCredentials = z.infer<typeof credentials>;

function credentialsFile(folder: string): string {
  return join(folder, "store.json");
}

/** Reads store.json of a data directory; null when there is none yet. Throws CodedError STORE_UNAVAILABLE when it is damaged. */
export function readStoreCredentials(folder: string): StoreCredentials | null {
  const path = credentialsFile(folder);
  try {
    return credentials.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CodedError("STORE_UNAVAILABLE", `${path} cannot be read.`, {
      remedy: `Restore ${path} from a backup; without its password the store beside it cannot be opened.`,
      cause,
    });
  }
}

/**
 * Credentials for starting the store now: the kept ones, with another port when theirs was taken meanwhile, else new ones.
 * Written before anything uses them, so a crash never leaves a cluster whose password nobody knows.
 */
export async function prepareStoreCredentials(folder: string): Promise<StoreCredentials> {
  const kept = readStoreCredentials(folder);
  if (kept && (await isPortFree(kept.port))) return kept;
  const next: StoreCredentials = {
    port: await findFreePort(),
    password: kept?.password ?? randomBytes(24).toString("base64url"),
  };
  const path = credentialsFile(folder);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
  return next;
}
