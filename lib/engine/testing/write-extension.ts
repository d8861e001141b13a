import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface WrittenExtension extends Disposable {
  /** Of the servers that are to know the extension: of PostgreSQL 18 or later. */
  settings: { extension_control_path: string };
}

/**
 * A folder for extension_control_path, which servers have since 18, with a trusted extension that `script` makes; the folder
 * goes with what is returned (extend-extensions.html).
 */
export function writeExtension(name: string, script: string): WrittenExtension {
  const folder = mkdtempSync(join(tmpdir(), "howdah-extension-"));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "extension"), { mode: 0o755 });
  const control = "default_version = '1'\nrelocatable = true\ntrusted = true\n";
  writeFileSync(join(folder, "extension", `${name}.control`), control);
  writeFileSync(join(folder, "extension", `${name}--1.sql`), script);
  return {
    settings: { extension_control_path: `${folder}:$system` },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
