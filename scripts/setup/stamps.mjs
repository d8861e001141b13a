import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

const FILE = join(ROOT, ".setup-stamp.json");

/** Keys of the steps that succeeded last; empty when there are none or the file is damaged. */
export function readStamps() {
  try {
    return JSON.parse(readFileSync(FILE, "utf8"));
  } catch {
    return {};
  }
}

/** Remembers that `step` succeeded with these inputs. */
export function writeStamp(step, key) {
  const draft = `${FILE}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...readStamps(), [step]: key }, null, 2)}\n`);
  renameSync(draft, FILE);
}
