import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderStateMachine } from "./render-state-machine";

it("docs/state-machine.md is what the state table says", () => {
  const path = join(import.meta.dirname, "..", "docs", "state-machine.md");
  expect(readFileSync(path, "utf8")).toBe(renderStateMachine());
});
