import { type Command, InvalidArgumentError } from "commander";

/** Options of `howdah migration cutover`, for the command that is common to all verbs. */
export function withCutoverOptions(command: Command): Command {
  return command
    .description("cut over an online migration that has caught up, or rehearse it")
    .option("--databases <names>", "only these, separated by commas; the others go on following", names)
    .option("--rehearse", "do everything but the last step, and say how long it takes")
    .option("--yes", "do not ask; needed where there is no terminal");
}

function names(text: string, before: string[] = []): string[] {
  const list = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (list.length === 0) throw new InvalidArgumentError("It must name at least one database.");
  return [...before, ...list];
}
