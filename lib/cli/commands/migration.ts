import { Command, Option } from "commander";
import type { MigrationCommandOptions } from "@/lib/cli/migration/run-migration";
import { connections, nameList, rate } from "@/lib/cli/parse-options";
import { azCommands } from "./az-commands";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { withCutoverOptions } from "./migration-cutover";
import { type MigrationRuns, named } from "./named-migration";

const HELP = `
Talks to a running Howdah over its API: the one named by --profile, by --url or HOWDAH_URL with the token in HOWDAH_TOKEN or in
the file of --token-file, the current profile, or the one on this machine. On the server \`howdah token create --role operator\`
prints a token. docs/cli.md lists everything.

The migration is named by itself or with --migration-name, its target server with --server-name. Options of
az postgres flexible-server migration work in both of their generations: --name is the server beside --migration-name, and the
migration beside --server-name.

Exit code: 0 done (with --wait: succeeded), 1 refused or failed, 2 wrong usage, 3 validation failed, 4 Howdah does not answer or
does not know the token, 130 canceled, or no longer watched.`;

const PASSWORDS = `
The passwords of both servers are needed again, because Howdah deleted them when the migration ended. They are looked for in this
order: HOWDAH_SOURCE_PASSWORD or PGPASSWORD for the source and HOWDAH_TARGET_PASSWORD for the target; ~/.pgpass; on a terminal you
are asked.`;

/** `howdah migration` and its verbs: those of az, then Howdah's own. */
export function migrationCommand(context: CommandContext): Command {
  const migration = new Command("migration")
    .description("create, list, show and control the migrations of a running Howdah")
    .addHelpText("after", HELP);
  const own = [
    pauseCommand(context),
    resumeCommand(context),
    throttleCommand(context),
    retryCommand(context),
    restartCommand(context),
    cutoverCommand(context),
    cancelCommand(context),
    logCommand(context),
    deleteCommand(context),
  ];
  for (const command of [...azCommands(context), ...own]) migration.addCommand(command);
  return migration;
}

/** A verb of Howdah's own, whose work is in run-migration. */
function verb<Options extends MigrationCommandOptions>(
  name: string,
  context: CommandContext,
  run: (
    runs: MigrationRuns,
    name: string,
    options: Options,
    output: CommandContext["output"],
  ) => Promise<number>,
): Command {
  return named<Options>(name, context, async (output, options, migration) =>
    run(await import("@/lib/cli/migration/run-migration"), migration, options, output),
  );
}

function pauseCommand(context: CommandContext): Command {
  const command = verb("pause", context, (runs, name, options, output) =>
    runs.pauseMigration(name, options, output),
  )
    .description("let a running migration rest, without any session on either server")
    .addOption(waitOption("return once nothing runs any more"));
  return withExamples(
    command,
    {
      text: "Pause and wait until both servers are left alone",
      command: "howdah migration pause shop-01 --wait",
    },
    {
      text: "Of the two migrations of that name, the one to crm-target",
      command: "howdah migration pause shop-01 --server-name crm-target",
    },
  );
}

function resumeCommand(context: CommandContext): Command {
  const command = verb("resume", context, (runs, name, options, output) =>
    runs.resumeMigration(name, options, output),
  )
    .description("let a paused migration go on")
    .addOption(waitOption());
  return withExamples(command, {
    text: "Go on, and watch until it ends",
    command: "howdah migration resume shop-01 --wait",
  });
}

function throttleCommand(context: CommandContext): Command {
  const command = verb("throttle", context, (runs, name, options, output) =>
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
  return withExamples(
    command,
    {
      text: "20 MB/s over two tables at a time",
      command: "howdah migration throttle shop-01 --rate 20 --connections 2",
    },
    { text: "No limits any more", command: "howdah migration throttle shop-01 --none" },
  );
}

function retryCommand(context: CommandContext): Command {
  const command = verb("retry", context, (runs, name, options, output) =>
    runs.retryMigration(name, "Failed", options, output),
  )
    .description(
      "do again what failed of a failed migration; finished tables stay where they are proven unchanged",
    )
    .addOption(waitOption())
    .addHelpText("after", PASSWORDS);
  return withExamples(command, {
    text: "Try again with passwords from the environment",
    command: "HOWDAH_SOURCE_PASSWORD=... HOWDAH_TARGET_PASSWORD=... howdah migration retry shop-01 --wait",
  });
}

function restartCommand(context: CommandContext): Command {
  const command = verb("restart", context, (runs, name, options, output) =>
    runs.retryMigration(name, "Everything", options, output),
  )
    .description("begin an unsuccessful migration anew; databases it created on the target are dropped")
    .addOption(yesOption())
    .addOption(waitOption())
    .addHelpText("after", PASSWORDS);
  return withExamples(command, {
    text: "Begin anew, without being asked",
    command: "howdah migration restart shop-01 --yes",
  });
}

function cutoverCommand(context: CommandContext): Command {
  const command = withCutoverOptions(
    named("cutover", context, async (output, options, name) => {
      const { cutOverMigration } = await import("@/lib/cli/migration/cutover");
      return await cutOverMigration(name, options, output);
    }),
  );
  return withExamples(
    command,
    { text: "Try everything but the last step", command: "howdah migration cutover shop-01 --rehearse" },
    {
      text: "One database now, the others later",
      command: "howdah migration cutover shop-01 --databases orders --yes",
    },
  );
}

function cancelCommand(context: CommandContext): Command {
  const command = verb("cancel", context, (runs, name, options, output) =>
    runs.cancelMigration(name, options, output),
  )
    .description("end an active migration; what it brought to the target stays")
    .option("--databases <names>", "only these, separated by commas; the others go on", nameList)
    .option("--drop-targets", "also drop the databases it created on the target")
    .option("--reason <text>", "said in the activity log")
    .addOption(yesOption())
    .addOption(waitOption());
  return withExamples(command, {
    text: "End it and take back what it made",
    command: 'howdah migration cancel shop-01 --drop-targets --reason "wrong server" --yes',
  });
}

function logCommand(context: CommandContext): Command {
  const command = verb("log", context, (runs, name, options, output) =>
    runs.printLog(name, { format: "text", ...options }, output),
  )
    .description("print the whole log of a migration")
    .addOption(
      new Option("--format <format>", "for people or for programs")
        .choices(["text", "jsonl"])
        .default("text"),
    )
    .option("--file <path>", "write it there instead");
  return withExamples(command, {
    text: "Keep the log for a program",
    command: "howdah migration log shop-01 --format jsonl --file shop-01.jsonl",
  });
}

function deleteCommand(context: CommandContext): Command {
  const command = verb("delete", context, (runs, name, options, output) =>
    runs.deleteMigration(name, options, output),
  )
    .description("remove the record of an ended migration; no database is touched")
    .addOption(yesOption());
  return withExamples(command, {
    text: "Remove the record, without being asked",
    command: "howdah migration delete shop-01 --yes",
  });
}

function waitOption(description = "show what becomes of it until it has ended"): Option {
  return new Option("--wait", description);
}

function yesOption(): Option {
  return new Option("--yes", "do not ask; needed where there is no terminal");
}
