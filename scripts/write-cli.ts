/** Writes docs/cli.md from the commands: tsx scripts/write-cli.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderCli } from "./render-cli";

writeFileSync(join(import.meta.dirname, "..", "docs", "cli.md"), renderCli());
