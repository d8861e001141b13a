import { Command, InvalidArgumentError, Option } from "commander";
import type { Limit, MigrationCommandOptions } from "@/lib/cli/migration/run-migration";
import { wholeNumber } from "@/lib/cli/parse-options";
import type { CommandContext } from "./command";
import { withCutoverOptions } from "./migration-cutover";

const HELP = `
Talks to a running Howdah over its API: to the one on this machine, or to the one at --url or HOWDAH_URL with the token in
HOWDAH_TOKEN or in the file named by --token-file. On the server \`howdah token create --role operator\` prints a token.

Examples:
  howdah migration list --active
  howdah migration show shop-01 -o json
  howdah migration throttle shop-01 --rate 20 --connections 2
  howdah migration throttle shop-01 --none
  howdah migration cutover shop-01 --databases orders --yes
  howdah migration pause shop-01 --wait && howdah migration resume shop-01 --wait
  HOWDAH_SOURCE_PASSWORD=... HOWDAH_TARGET_PASSWORD=... howdah migration retry shop-01 --wait
  howdah migration log shop-01 --format jsonl --file shop-01.jsonl
  HOWDAH_URL=https://howdah.example.com HOWDAH_TOKEN=... howdah migration list

Exit code: 0 done (with --wait: succeeded), 1 refused or failed, 2 wrong usage, 3 validation failed, 4 Howdah does not answer or
does not know the token, 130 canceled, or no longer watched.`;

const PASSWORDS = `
The passwords of both servers are needed again, because Howdah deleted them when the migration ended. They are looked for in this
order: HOWDAH_SOURCE_PASSWORD or PGPASSWORD for the source and HOWDAH_TARGET_PASSWORD for the target; ~/.pgpass; on a terminal you
are asked.`;

type Runs = typeof import("@/lib/cli/migration/run-migration");

/** `howdah migration` and its verbs. */
export function migrationCommand(context: CommandContext): Command {
  return new Command("migration")
    .description("list, show and control the migrations of a running Howdah")
    .addHelpText("after", HELP)
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(pauseCommand(context))
    .addCommand(resumeCommand(context))
    .addCommand(throttleCommand(context))
    .addCommand(retryCommand(context))
    .addCommand(restartCommand(context))
    .addCommand(cutoverCommand(context))
    .addCommand(cancelCommand(context))
    .addCommand(logCommand(context))
    .addCommand(deleteCommand(context));
}

function listCommand(context: CommandContext): Command {
  return common(new Command("list"), context, (runs, output, options) => runs.listMigrations(options, output))
    .description("list migrations, newest first")
    .option("--active", "only those that have not ended");
}

function showCommand(context: CommandContext): Command {
  return named("show", context, (runs, output, options, name) =>
    runs.showMigration(name, options, output),
  ).description("show one migration: its state, databases and problems");
}

function pauseCommand(context: CommandContext): Command {
  return named("pause", context, (runs, output, options, name) => runs.pauseMigration(name, options, output))
    .description("let a running migration rest, without any session on either server")
    .addOption(waitOption("return once nothing runs any more"));
}

function resumeCommand(context: CommandContext): Command {
  return named("resume", context, (runs, output, options, name) =>
    runs.resumeMigration(name, options, output),
  )
    .description("let a paused migration go on")
    .addOption(waitOption());
}

function throttleCommand(context: CommandContext): Command {
  return named("throttle", context, (runs, output, options, name) =>
    runs.throttleMigration(name, options, output),
  )
    .description("set how much of the servers a migration may take; it goes on meanwhile")
    .addOption(new Option("--rate <MB/s>", 'megabytes of table data a second, or "none"').argParser(rate))
    .addOption(
      new Option("--connections <number>", 'tables copied at the same time, or "none"').argParser(
        connections,
      ),
    )
    .addOption(new Option("--none", "take all limits away").conflicts(["rate", "connections"]));
}

function retryCommand(context: CommandContext): Command {
  return named("retry", context, (runs, output, options, name) =>
    runs.retryMigration(name, "Failed", options, output),
  )
    .description(
      "do again what failed of a failed migration; finished tables stay where they are proven unchanged",
    )
    .addOption(waitOption())
    .addHelpText("after", PASSWORDS);
}

function restartCommand(context: CommandContext): Command {
  return named("restart", context, (runs, output, options, name) =>
    runs.retryMigration(name, "Everything", options, output),
  )
    .description("begin an unsuccessful migration anew; databases it created on the target are dropped")
    .option("--yes", "do not ask")
    .addOption(waitOption())
    .addHelpText("after", PASSWORDS);
}

function cutoverCommand(context: CommandContext): Command {
  return withCutoverOptions(
    named("cutover", context, async (_runs, output, options, name) => {
      const { cutOverMigration } = await import("@/lib/cli/migration/cutover");
      return await cutOverMigration(name, options, output);
    }),
  );
}

function cancelCommand(context: CommandContext): Command {
  return named("cancel", context, (runs, output, options, name) =>
    runs.cancelMigration(name, options, output),
  )
    .description("end an active migration; what it brought to the target stays")
    .option("--drop-targets", "also drop the databases it created on the target")
    .option("--reason <text>", "said in the activity log")
    .addOption(waitOption());
}

function logCommand(context: CommandContext): Command {
  return named("log", context, (runs, output, options, name) =>
    runs.printLog(name, { format: "text", ...options }, output),
  )
    .description("print the whole log of a migration")
    .addOption(
      new Option("--format <format>", "for people or for programs")
        .choices(["text", "jsonl"])
        .default("text"),
    )
    .option("--file <path>", "write it there instead");
}

function deleteCommand(context: CommandContext): Command {
  return named("delete", context, (runs, output, options, name) =>
    runs.deleteMigration(name, options, output),
  )
    .description("remove the record of an ended migration; no database is touched")
    .option("--yes", "do not ask");
}

/** What a verb's action is given: commander has parsed the options as the verb declares them. */
type Verb = (
  runs: Runs,
  output: CommandContext["output"],
  options: MigrationCommandOptions,
  name: string,
) => Promise<number>;

function named(verb: string, context: CommandContext, run: Verb): Command {
  return common(new Command(verb).argument("<name>", "name or id of the migration"), context, run).option(
    "--server <name>",
    "its target server, where several have a migration of that name",
  );
}

function common(command: Command, { output, exit }: CommandContext, run: Verb): Command {
  return command
    .addOption(
      new Option("--url <origin>", "address of Howdah (default: the one on this machine)").env("HOWDAH_URL"),
    )
    .option("--token-file <path>", "file that holds a bearer token (default: HOWDAH_TOKEN)")
    .addOption(
      new Option("-o, --output <format>", "table or json").choices(["table", "json"]).default("table"),
    )
    .action(async (...given: unknown[]) => {
      const runs = await import("@/lib/cli/migration/run-migration");
      const name = typeof given[0] === "string" ? given[0] : "";
      exit(await run(runs, output, command.opts<MigrationCommandOptions>(), name));
    });
}

function waitOption(description = "show what becomes of it until it has ended"): Option {
  return new Option("--wait", description);
}

/** Commander turns a parsed null into an empty text, so "none" stays a word until the command runs. */
function rate(text: string): Limit {
  if (text === "none") return text;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.1 && value <= 100_000) return value;
  throw new InvalidArgumentError('It must be a number from 0.1 to 100000, or "none".');
}

function connections(text: string): Limit {
  return text === "none" ? text : wholeNumber(1, 64)(text);
}
