import { Command, Option } from "commander";
import { choice, wholeNumber } from "@/lib/cli/parse-options";
import type { AddServerOptions } from "@/lib/cli/server/run-server";
import { UsageError } from "@/lib/cli/usage-error";
import { SSL_MODES } from "@/lib/migrations/vocabulary";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { addClientOptions, addScopeOptions, type ClientOptions } from "./shared-options";

/** `howdah server` */
export function serverCommand(context: CommandContext): Command {
  return new Command("server")
    .description("register and show target servers")
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context));
}

function addCommand({ output, exit }: CommandContext): Command {
  const command = addClientOptions(new Command("add").argument("<name>", "its name from now on"))
    .description("register a target server, or change its registration; nothing on it is changed")
    .requiredOption("--host <name>", "host name or address")
    .addOption(new Option("--port <number>", "port").default(5432).argParser(wholeNumber(1, 65_535)))
    .requiredOption("--user <login>", "administrator login")
    .addOption(choice("--ssl-mode <mode>", "how to speak TLS to it", SSL_MODES).default("Prefer"))
    .option("--server-ca-file <path>", "PEM file with the authority of the PostgreSQL server's certificate")
    .option("--no-check", "do not log in to see whether it can be reached")
    .addHelpText(
      "after",
      "\nThe password is used once and not stored. It is looked for in HOWDAH_TARGET_PASSWORD, in ~/.pgpass, and on a terminal you are asked.",
    )
    .action(async (name: string, options: AddServerOptions) => {
      const { addServer } = await import("@/lib/cli/server/run-server");
      exit(await addServer(name, options, output));
    });
  return withExamples(command, {
    text: "A server that must show a certificate of this authority",
    command:
      "howdah server add crm-target --host db.example.com --user admin1 --ssl-mode VerifyFull --server-ca-file ca.pem",
  });
}

function listCommand({ output, exit }: CommandContext): Command {
  const command = addClientOptions(new Command("list"))
    .description("list target servers")
    .action(async (options: ClientOptions) => {
      const { listServers } = await import("@/lib/cli/server/run-server");
      exit(await listServers(options, output));
    });
  return withExamples(command, {
    text: "Their names",
    command: "howdah server list --query '[].name' -o tsv",
  });
}

function showCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("show").argument("[name]", "its name")))
    .description("show a target server")
    .option("-n, --name <name>", "its name, as az gives it")
    .action(async (argument: string | undefined, { name, ...options }: ClientOptions & { name?: string }) => {
      const named = argument ?? name;
      if (named === undefined) throw new UsageError("Name the server; `howdah server list` lists them.");
      const { showServer } = await import("@/lib/cli/server/run-server");
      exit(await showServer(named, options, output));
    });
  return withExamples(command, { text: "As YAML", command: "howdah server show crm-target -o yaml" });
}
