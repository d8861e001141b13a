import { Command } from "commander";
import type { TlsOptions } from "@/lib/cli/tls/tls-options";
import { addAddressOptions } from "./address-options";
import type { CommandContext } from "./command";

/** `howdah start` */
export function startCommand({ output, exit }: CommandContext): Command {
  return addAddressOptions(new Command("start"))
    .description("run Howdah on this machine: store, worker and dashboard")
    .option("--no-open", "do not open a browser")
    .action(async (options: { host: string; port: number; open: boolean } & TlsOptions) => {
      const { runStart } = await import("@/lib/cli/start/run-start");
      exit(await runStart(options, output));
    });
}
