import { Command } from "commander";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah worker` */
export function workerCommand({ exit }: CommandContext): Command {
  const command = new Command("worker")
    .description("run a worker alone, on the store at DATABASE_URL")
    .option("--name <name>", "how the activity log calls it (default: host name and process id)")
    .action(async (options: { name?: string }) => {
      const { runWorker } = await import("@/lib/cli/start/run-worker");
      exit(await runWorker(options.name));
    });
  return withExamples(command, {
    text: "A second worker",
    command: "DATABASE_URL=postgresql://... howdah worker --name two",
  });
}
