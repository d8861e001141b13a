import type { Command } from "commander";
import { nameList } from "@/lib/cli/parse-options";

/** Options of `howdah migration cutover`, for the command that is common to all verbs. */
export function withCutoverOptions(command: Command): Command {
  return command
    .description("cut over an online migration that has caught up, or rehearse it")
    .option("--databases <names>", "only these, separated by commas; the others go on following", nameList)
    .option("--rehearse", "do everything but the last step, and say how long it takes")
    .option("--yes", "do not ask; needed where there is no terminal");
}
