/** Writes docs/rules from the rules: tsx scripts/write-rule-pages.ts */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderRulePages } from "./render-rule-pages";

const folder = join(import.meta.dirname, "..", "docs", "rules");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, text] of renderRulePages()) writeFileSync(join(folder, name), text);
