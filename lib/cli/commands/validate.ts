import { Command, Option } from "commander";
import { choice } from "@/lib/cli/parse-options";
import type { ValidateOptions } from "@/lib/cli/validate/run-validate";
import { MIGRATION_MODES, SOURCE_TYPES } from "@/lib/migrations/vocabulary";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { addSelectionOptions } from "./selection-options";

const HELP = `
Reads both servers and changes nothing. Without --databases or --all the database named in the source URI is examined.
Filters, other names on the target and --overwrite are those of howdah migrate: give both commands the same.
Passwords are found as with howdah migrate: URI, HOWDAH_SOURCE_PASSWORD and HOWDAH_TARGET_PASSWORD, ~/.pgpass, a prompt.

Exit code: 0 nothing failed (warnings may), 2 wrong usage, 3 something failed, 130 interrupted.`;

/** `howdah validate` */
export function validateCommand({ output, exit }: CommandContext): Command {
  const command = new Command("validate")
    .description("check whether databases can be migrated, and how to mend what stands in the way")
    .requiredOption("--source <uri>", "postgresql://user@host:port/database")
    .requiredOption("--target <uri>", "postgresql://user@host:port");
  const described = addSelectionOptions(command, "examine")
    .option("--overwrite", "databases that exist on the target are to be replaced")
    .addOption(choice("--mode <mode>", "how it is to be migrated", MIGRATION_MODES).default("Offline"))
    .addOption(
      choice("--source-type <type>", "who runs the source, for the right remedies", SOURCE_TYPES).default(
        "OnPremises",
      ),
    )
    .addOption(
      new Option("--format <format>", "text, json, markdown or html")
        .default("text")
        .choices(["text", "json", "markdown", "html"]),
    )
    .addOption(new Option("--json", "the same as --format json").implies({ format: "json" }))
    .addOption(
      new Option("--fixes", "print only the statements that mend findings, as one script").conflicts("json"),
    )
    .addHelpText("after", HELP)
    .action(async (options: ValidateOptions) => {
      const { runValidate } = await import("@/lib/cli/validate/run-validate");
      exit(await runValidate(options, output));
    });
  return withExamples(
    described,
    {
      text: "One database",
      command:
        "howdah validate --source postgresql://app@db.example.com/shop --target postgresql://admin@new.example.com",
    },
    {
      text: "All of a server, for an online migration, as a report",
      command: "howdah validate --source ... --target ... --all --mode Online --format markdown > report.md",
    },
    {
      text: "The statements that mend what is in the way",
      command: "howdah validate --source ... --target ... --fixes | less",
    },
  );
}
