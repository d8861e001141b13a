import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DATABASE_RULES, SERVER_RULES } from "@/lib/validation/registry";
import { renderRulePages } from "./render-rule-pages";

const ROOT = join(import.meta.dirname, "..");

it("docs/rules is what the rules say", () => {
  const folder = join(ROOT, "docs", "rules");
  const pages = renderRulePages();
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  for (const [name, text] of pages) expect(readFileSync(join(folder, name), "utf8"), name).toBe(text);
});

it("every file of a rule is in the registry under its name, once", () => {
  // Not a rule of its own: reaching the servers comes before all rules.
  const notRules = new Set(["authentication-and-connectivity"]);
  const files = readdirSync(join(ROOT, "lib", "validation", "rules"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => name.replace(/\.ts$/, ""))
    .filter((name) => !notRules.has(name));
  const ids = [...SERVER_RULES, ...DATABASE_RULES].map(({ id }) => id);
  expect([...ids].sort()).toEqual(files.sort());
});
