import { Command } from "commander";
import type { TlsOptions } from "@/lib/cli/tls/tls-options";
import { addAddressOptions } from "./address-options";
import type { CommandContext } from "./command";

/** `howdah web` */
export function webCommand({ output, exit }: CommandContext): Command {
  return addAddressOptions(new Command("web"))
    .description("run the dashboard alone, on the store at DATABASE_URL")
    .action(async (options: { host: string; port: number } & TlsOptions) => {
      const { runWeb } = await import("@/lib/cli/start/run-web");
      exit(await runWeb(options, output));
    });
}
