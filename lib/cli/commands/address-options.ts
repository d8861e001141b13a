import { type Command, Option } from "commander";
import { wholeNumber } from "@/lib/cli/parse-options";

export const DEFAULT_PORT = 7432;

/** Adds --host and --port, where the dashboard listens, and how it speaks TLS there. */
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
    )
    .addOption(
      new Option("--tls-cert <file>", "serve https with this PEM certificate (and chain)").env(
        "HOWDAH_TLS_CERT",
      ),
    )
    .addOption(new Option("--tls-key <file>", "its PEM private key").env("HOWDAH_TLS_KEY"))
    .addOption(
      new Option(
        "--tls-self-signed",
        "serve https with a certificate of Howdah's own, kept in its data directory",
      ).env("HOWDAH_TLS_SELF_SIGNED"),
    );
}
