import { type Command, InvalidArgumentError, Option } from "commander";
import type { ServerOptions } from "@/lib/cli/migration/connect-server";
import { choice } from "@/lib/cli/parse-options";
import { RESULT_FORMATS, type ResultOptions } from "@/lib/cli/print/result-format";

/** Options of every command that talks to a Howdah over its API. */
export type ClientOptions = ServerOptions & ResultOptions;

/** Adds which Howdah to talk to, what to trust, and how to print. */
export function addClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--profile <name>", "a Howdah stored with `howdah profile add`")
        .env("HOWDAH_PROFILE")
        .conflicts("url"),
    )
    .addOption(
      new Option(
        "--url <origin>",
        "address of Howdah (default: the current profile, else the one on this machine)",
      ).env("HOWDAH_URL"),
    )
    .option("--token-file <path>", "file that holds a bearer token (default: HOWDAH_TOKEN)")
    .addOption(
      new Option("--ca-file <path>", "PEM file with the authority of its certificate").env("HOWDAH_CA_FILE"),
    )
    .addOption(
      new Option("--fingerprint <sha256>", "SHA-256 fingerprint of its certificate, self-signed or not").env(
        "HOWDAH_FINGERPRINT",
      ),
    )
    .addOption(outputOption())
    .option("--query <jmespath>", "print only what this JMESPath query makes of the result");
}

/** How to print: a table for people, JSON for programs, unless said. */
export function outputOption(): Option {
  return choice("-o, --output <format>", "how to print the result", RESULT_FORMATS)
    .env("HOWDAH_OUTPUT")
    .default(process.stdout.isTTY ? "table" : "json", "table on a terminal, else json");
}

/** Azure's words for where a server is; Howdah's own servers are all in one place. */
export interface ScopeOptions {
  resourceGroup?: string;
  subscription?: string;
}

/** Adds --resource-group and --subscription, as scripts for az give them. */
export function addScopeOptions(command: Command): Command {
  return command
    .option("-g, --resource-group <name>", "resource group of the target (default: local)")
    .option("--subscription <id>", "subscription of the target (default: Howdah's own)");
}

/** Parses az's "key=value" words, several to an option. */
export function keyValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InvalidArgumentError("It must have the form key=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
