import type { Command, Option } from "commander";
import { Command as CommanderCommand } from "commander";
import { examplesOf } from "@/lib/cli/commands/examples";
import { addClientOptions } from "@/lib/cli/commands/shared-options";
import { program } from "@/lib/cli/execute";
import { EXIT_MEANINGS } from "@/lib/cli/exit-codes";

/** docs/cli.md, generated from the commands themselves so that it cannot be out of date. */
export function renderCli(): string {
  const commands = program({ output: { out: () => undefined, say: () => undefined }, exit: () => undefined });
  return `# The command line

Generated from the commands by \`tsx scripts/write-cli.ts\`; a test compares. Do not edit.

\`howdah <command> --help\` prints the same on the terminal. Scripts for \`az postgres flexible-server migration\` and
\`az deployment group create\` run with \`howdah\` in place of \`az\`: its words in front are left out, its options work in both
generations, and what its documents get wrong is put right with a note on standard error. Results go to standard output,
everything else to standard error. Two things differ from az: \`update --cancel\` and \`update --cutover\` need \`--yes\` where there is no
terminal, and Howdah has one resource group, so another one is passed over with a note where the server's name tells what is meant.

## Exit codes

| code | meaning |
|---|---|
${Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join("\n")}

## Options of every command that talks to a Howdah

${optionTable(CLIENT_OPTIONS)}

${leavesOf(commands, [])
  .map(({ command, path }) => section(command, path))
  .join("\n")}`;
}

const CLIENT_OPTIONS = addClientOptions(new CommanderCommand("any")).options;
const COMMON = new Set(CLIENT_OPTIONS.map(({ long }) => long));

/** Commands that do something, in the order of the help. */
export function leavesOf(
  command: Command,
  path: readonly string[],
): { command: Command; path: readonly string[] }[] {
  if (command.commands.length === 0) return [{ command, path }];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

function section(command: Command, path: readonly string[]): string {
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const talks = command.options.some(({ long }) => long === "--profile");
  const own = command.options.filter((option) => !option.hidden && !(talks && COMMON.has(option.long)));
  const examples = examplesOf(command);
  return [
    `## howdah ${[...path, ...words].join(" ")}`,
    `${capital(command.description())}.${talks ? " Takes the options above, too." : ""}`,
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(examples.length === 0
      ? []
      : [["```sh", ...examples.flatMap(({ text, command: call }) => [`# ${text}`, call]), "```"].join("\n")]),
    "",
  ].join("\n\n");
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const notes = [
      option.description,
      ...(option.argChoices ? [`one of ${option.argChoices.map((value) => `\`${value}\``).join(", ")}`] : []),
      ...(option.mandatory ? ["required"] : []),
      ...defaultOf(option),
      ...(option.envVar ? [`\`${option.envVar}\``] : []),
    ];
    return `| \`${cell(option.flags)}\` | ${cell(notes.join("; "))} |`;
  });
  return ["| option | meaning |", "|---|---|", ...rows].join("\n");
}

/** A default that is a flag's absence says nothing. */
function defaultOf({ defaultValue, defaultValueDescription }: Option): string[] {
  if (defaultValueDescription !== undefined) return [`default: ${defaultValueDescription}`];
  if (typeof defaultValue === "string" || typeof defaultValue === "number")
    return [`default: ${defaultValue}`];
  return [];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
