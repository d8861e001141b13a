import { Command, Option } from "commander";
import { type NameOptions, resolveNames } from "@/lib/cli/migration/migration-names";
import type { MigrationCommandOptions } from "@/lib/cli/migration/run-migration";
import type { Output } from "@/lib/cli/output";
import { UsageError } from "@/lib/cli/usage-error";
import type { CommandContext } from "./command";
import { addClientOptions, addScopeOptions } from "./shared-options";

export type MigrationRuns = typeof import("@/lib/cli/migration/run-migration");

/** Adds the ways to name a migration and its server, both generations of az's among them. */
export function addNameOptions(command: Command): Command {
  return addScopeOptions(command)
    .option("-s, --server-name <name>", "target server of the migration")
    .addOption(new Option("--server <name>").hideHelp())
    .option("--migration-name <name>", "the migration")
    .option("-n, --name <name>", "the migration beside --server-name; the server beside --migration-name");
}

/** What a verb is given: options as commander parsed them, the server's name among them, and the migration's. */
type Run<Options> = (output: Output, options: Options, name: string) => Promise<number>;

interface NamedOptions {
  /** What --name stands for when it stands alone. */
  alone?: "server" | "migration";
  /** A migration must be named. */
  required?: boolean;
}

/** A verb about one migration. */
export function named<Options extends MigrationCommandOptions>(
  verb: string,
  context: CommandContext,
  run: Run<Options>,
  { alone = "migration", required = true }: NamedOptions = {},
): Command {
  const command = new Command(verb).argument("[migration]", "its name or id");
  return runNamed(addNameOptions(addClientOptions(command)), context, run, { alone, required });
}

/** Gives a command its action: finds out which server and which migration are named. */
export function runNamed<Options extends MigrationCommandOptions>(
  command: Command,
  { output, exit }: CommandContext,
  run: Run<Options>,
  namedOptions: NamedOptions = {},
): Command {
  return command.action(async (...given: unknown[]) => {
    const argument = typeof given[0] === "string" ? given[0] : undefined;
    const { options, name } = readNamed<Options>(command, argument, namedOptions);
    exit(await run(output, options, name));
  });
}

/** Options of a verb with the server's name among them, and the migration's name, empty without one. Throws UsageError. */
export function readNamed<Options extends MigrationCommandOptions>(
  command: Command,
  argument: string | undefined,
  { alone = "migration", required = true }: NamedOptions = {},
): { options: Options; name: string } {
  const { name, serverName, migrationName, server, ...options } = command.opts<NameOptions & Options>();
  const given = definedOf({ name, serverName, migrationName, server }) as NameOptions;
  const names = resolveNames(given, argument, alone);
  if (required && names.migration === undefined) {
    throw new UsageError(
      "Name the migration by itself or with --migration-name; `howdah migration list` lists them.",
    );
  }
  const all = { ...options, ...definedOf({ server: names.server }) };
  return { options: all as unknown as Options, name: names.migration ?? "" };
}

function definedOf(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
