import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** Between Howdah's own processes; no one sets these. */
const INTERNAL = ["HOWDAH_ARGUMENTS", "HOWDAH_E2E_ENVIRONMENTS", "HOWDAH_TEST_PROGRAMS", "HOWDAH_TLS_LISTEN"];

function variablesIn(text: string): string[] {
  return text.match(/\bHOWDAH_[A-Z0-9_]+\b/g) ?? [];
}

function textsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes("generated") && !path.includes(".test."))
    .map((path) => readFileSync(join(ROOT, folder, path), "utf8"));
}

it("docs/configuration.md describes every variable the sources read, and no other", () => {
  const used = new Set(
    ["lib", "app", "components", "scripts", "bin", "e2e"].flatMap(textsBelow).flatMap(variablesIn),
  );
  used.add("HOWDAH_CHROMIUM");
  for (const name of INTERNAL) used.delete(name);
  const described = new Set(variablesIn(readFileSync(join(ROOT, "docs", "configuration.md"), "utf8")));
  expect([...described].sort()).toEqual([...used].sort());
});
