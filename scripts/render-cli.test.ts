import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { examplesOf } from "@/lib/cli/commands/examples";
import { completionScript, SHELLS } from "@/lib/cli/completion/completion-script";
import { program } from "@/lib/cli/execute";
import { leavesOf, renderCli } from "./render-cli";

const commands = program({ output: { out: () => undefined, say: () => undefined }, exit: () => undefined });

it("docs/cli.md is what the commands say", () => {
  expect(readFileSync(join(import.meta.dirname, "..", "docs", "cli.md"), "utf8")).toBe(renderCli());
});

it.each(leavesOf(commands, []).map(({ command, path }) => [path.join(" "), command] as const))(
  "howdah %s has an example that begins with its own words",
  (path, command) => {
    const calls = examplesOf(command).map((example) => example.command);
    expect(calls.some((call) => call.includes(`howdah ${path}`))).toBe(true);
  },
);

it.each(SHELLS)("%s completes every command and option", (shell) => {
  const script = completionScript(commands, shell);
  for (const { path, command } of leavesOf(commands, [])) {
    expect(script).toContain(path.at(-1));
    for (const option of command.options) {
      if (!option.hidden && option.long) expect(script).toContain(option.long.replace(/^--/, ""));
    }
  }
});
