import { Command } from "commander";
import type { TlsOptions } from "@/lib/cli/tls/tls-options";
import { addAddressOptions } from "./address-options";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah web` */
export function webCommand({ output, exit }: CommandContext): Command {
  const command = addAddressOptions(new Command("web"))
    .description("run the dashboard alone, on the store at DATABASE_URL")
    .action(async (options: { host: string; port: number } & TlsOptions) => {
      const { runWeb } = await import("@/lib/cli/start/run-web");
      exit(await runWeb(options, output));
    });
  return withExamples(command, {
    text: "On a machine of its own",
    command: "DATABASE_URL=postgresql://... howdah web --host 0.0.0.0",
  });
}
