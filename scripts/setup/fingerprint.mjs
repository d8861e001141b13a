import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/** Tests and generated code change nothing of what is built from the sources. */
const IGNORED = /(\.test\.tsx?$)|(^lib\/generated\/)|(^scripts\/setup)/;

/** Paths, relative to the root, of the files below `path` (or `path` itself), sorted; empty when it does not exist. */
export function listFiles(path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
    )
    .filter((file) => !IGNORED.test(file))
    .sort();
}

/** Hash over the files' names and contents and some more texts; a missing file counts as empty. */
export function fingerprint(files, ...more) {
  const hash = createHash("sha256");
  for (const file of files) {
    const path = join(ROOT, file);
    hash
      .update(`${file}\0`)
      .update(existsSync(path) ? readFileSync(path) : "")
      .update("\0");
  }
  for (const text of more) hash.update(`${text}\0`);
  return hash.digest("hex");
}
