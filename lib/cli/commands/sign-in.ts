import { Command } from "commander";
import { choice } from "@/lib/cli/parse-options";
import { ROLES, type Role } from "@/lib/migrations/access";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah sign-in` */
export function signInCommand({ output, exit }: CommandContext): Command {
  const command = new Command("sign-in")
    .description("print a new one-time sign-in link for the dashboard")
    .addOption(choice("--role <role>", "what it allows", ROLES).default("admin"))
    .option("--url <origin>", "address of the dashboard (default: that of the one running here)")
    .action(async (options: { role: Role; url?: string }) => {
      const { printSignInLink } = await import("@/lib/cli/print-sign-in-link");
      exit(await printSignInLink(options, output));
    });
  return withExamples(command, {
    text: "A link that can only look",
    command: "howdah sign-in --role viewer",
  });
}
