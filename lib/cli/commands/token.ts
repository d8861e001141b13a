import { Command, Option } from "commander";
import { choice, wholeNumber } from "@/lib/cli/parse-options";
import { ROLES, type Role } from "@/lib/migrations/access";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah token create` */
export function tokenCommand({ output, exit }: CommandContext): Command {
  const create = new Command("create")
    .description("print a new bearer token for API clients; it is shown this once")
    .addOption(choice("--role <role>", "what it allows", ROLES).makeOptionMandatory())
    .option("--name <name>", "how the audit log calls its holder (default: your user name)")
    .addOption(
      new Option("--days <number>", "days until it expires (default: never)").argParser(wholeNumber(1, 3650)),
    )
    .action(async (options: { role: Role; name?: string; days?: number }) => {
      const { printApiToken } = await import("@/lib/cli/print-api-token");
      exit(await printApiToken(options, output));
    });
  withExamples(create, {
    text: "For a script, for a month",
    command: "howdah token create --role operator --name nightly --days 30",
  });
  return new Command("token").description("bearer tokens for API clients").addCommand(create);
}
