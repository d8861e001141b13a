import { Command } from "commander";
import type { TlsOptions } from "@/lib/cli/tls/tls-options";
import { addAddressOptions } from "./address-options";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah start` */
export function startCommand({ output, exit }: CommandContext): Command {
  const command = addAddressOptions(new Command("start"))
    .description("run Howdah on this machine: store, worker and dashboard")
    .option("--no-open", "do not open a browser")
    .action(async (options: { host: string; port: number; open: boolean } & TlsOptions) => {
      const { runStart } = await import("@/lib/cli/start/run-start");
      exit(await runStart(options, output));
    });
  return withExamples(command, {
    text: "On another port, without opening a browser",
    command: "howdah start --port 8080 --no-open",
  });
}
