import { type Command, Option } from "commander";
import { wholeNumber } from "@/lib/cli/parse-options";

export const DEFAULT_PORT = 7432;

/** Adds --host and --port, where the dashboard listens. */
export function addAddressOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--host <address>", "address the dashboard listens at")
        .default("127.0.0.1")
        .env("HOWDAH_HOST"),
    )
    .addOption(
      new Option("--port <number>", "port of the dashboard")
        .default(DEFAULT_PORT)
        .env("HOWDAH_PORT")
        .argParser(wholeNumber(1, 65_535)),
    );
}
