import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataDirectory } from "@/lib/embedded/data-directory";
import { CodedError } from "@/lib/util/coded-error";

const KEY_BYTES = 32;

/**
 * The installation's key: 32 bytes from HOWDAH_SECRET_KEY (hex or base64), else from the file secret.key in
 * the data directory (mode 0600), which is created on first use. Throws CodedError SECRET_UNREADABLE on a malformed key.
 */
export function secretKey(): Buffer {
  const fromEnvironment = process.env["HOWDAH_SECRET_KEY"];
  if (fromEnvironment) return parseKey(fromEnvironment, "HOWDAH_SECRET_KEY");
  const folder = dataDirectory();
  const path = join(/* turbopackIgnore: true */ folder, "secret.key");
  return parseKey(readKeyFile(path) ?? createKeyFile(folder, path), path);
}

function parseKey(text: string, origin: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-fA-F]{64}$/.test(trimmed)
    ? Buffer.from(trimmed, "hex")
    : Buffer.from(trimmed, "base64");
  if (key.length !== KEY_BYTES) {
    throw new CodedError("SECRET_UNREADABLE", `${origin} must hold ${KEY_BYTES} bytes as hex or base64.`);
  }
  return key;
}

function readKeyFile(path: string): string | null {
  try {
    return readFileSync(/* turbopackIgnore: true */ path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Several processes may start at once: the file appears whole or not at all, and the first one wins. */
function createKeyFile(folder: string, path: string): string {
  mkdirSync(/* turbopackIgnore: true */ folder, { recursive: true, mode: 0o711 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    chmodSync(draft, 0o600);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(/* turbopackIgnore: true */ path, "utf8");
}
