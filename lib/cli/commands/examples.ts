import type { Command } from "commander";

/** A call and what it is for. */
export interface Example {
  text: string;
  command: string;
}

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** Puts examples below the command's help and into docs/cli.md. */
export function withExamples(command: Command, ...examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  const lines = examples.flatMap(({ text, command: call }) => [`  ${text}:`, `    ${call}`]);
  return command.addHelpText("after", ["", "Examples:", ...lines].join("\n"));
}

/** The examples of a command; none when it has none. */
export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}
