/** Writes docs/state-machine.md from the state table: tsx scripts/write-state-machine.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderStateMachine } from "./render-state-machine";

writeFileSync(join(import.meta.dirname, "..", "docs", "state-machine.md"), renderStateMachine());
