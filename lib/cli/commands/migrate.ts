import { Command, Option } from "commander";
import type { MigrateOptions } from "@/lib/cli/migrate/migrate-options";
import { choice, duration, wholeNumber } from "@/lib/cli/parse-options";
import {
  DIVERGENCE_POLICIES,
  MIGRATION_MODES,
  MIGRATION_OPTIONS,
  OUTPUT_PLUGINS,
} from "@/lib/migrations/vocabulary";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { addSelectionOptions } from "./selection-options";

const HELP = `
Without --databases or --all the database named in the source URI is migrated.

Patterns name tables as schema.table, * and ? are wildcards, double quotes take a name literally; "database:" before one
makes it hold for that database only. All of these options may be given several times; docs/filters.md tells more.

Passwords are looked for in this order: in the URI; in HOWDAH_SOURCE_PASSWORD or PGPASSWORD for the source and
HOWDAH_TARGET_PASSWORD for the target; in ~/.pgpass; on a terminal you are asked. Prefer any of the others to
the URI: the shell keeps what you type in its history, and npm shows it in the list of processes.

An online migration (--mode Online) goes on following the source after the copy. Ctrl-C cancels it, and takes its slot off the
source. Writes to the source must stop before the cutover: what is written later is not on the target.

Exit code: 0 succeeded, 1 failed, 2 wrong usage, 3 validation failed, 130 canceled.`;

/** `howdah migrate` */
export function migrateCommand({ output, exit }: CommandContext): Command {
  const command = new Command("migrate")
    .description("migrate databases in this terminal, without the dashboard")
    .requiredOption("--source <uri>", "postgresql://user@host:port/database")
    .requiredOption("--target <uri>", "postgresql://user@host:port");
  const described = addSelectionOptions(command, "migrate")
    .option("--name <name>", "name of the migration (default: made from the time)")
    .addOption(
      choice("--option <option>", "what it is to do", MIGRATION_OPTIONS).default("ValidateAndMigrate"),
    )
    .addOption(
      choice(
        "--mode <mode>",
        "Offline copies once; Online follows the source until the cutover",
        MIGRATION_MODES,
      ).default("Offline"),
    )
    .addOption(
      choice(
        "--plugin <plugin>",
        "how the source tells its changes (default: test_decoding before PostgreSQL 18, pgoutput from 18 on)",
        OUTPUT_PLUGINS,
      ),
    )
    .addOption(
      choice(
        "--on-divergence <policy>",
        "a change that finds no row: stop (default), or continue",
        DIVERGENCE_POLICIES,
      ),
    )
    .addOption(
      new Option("--wal-limit <MB>", "WAL the source may keep; beyond it the migration ends").argParser(
        wholeNumber(16, 100_000_000),
      ),
    )
    .addOption(
      new Option("--cutover-when-lag-below <time>", "cut over by itself: 500ms, 1s, 2m")
        .argParser(duration)
        .conflicts("waitForCutover"),
    )
    .option("--wait-for-cutover", "follow until `howdah migration cutover` is called elsewhere (default)")
    .option("--overwrite", "replace databases that exist on the target")
    .addOption(
      new Option(
        "--jobs <number>",
        "tables copied at once (default: chosen from the target and its distance)",
      ).argParser(wholeNumber(1, 64)),
    )
    .option("--vacuum", "VACUUM the tables at the end, besides ANALYZE")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action(async (options: MigrateOptions) => {
      const { runMigrate } = await import("@/lib/cli/migrate/run-migrate");
      exit(await runMigrate(options, output));
    });
  return withExamples(
    described,
    {
      text: "Two databases",
      command:
        "howdah migrate --source postgresql://app@db.example.com/shop --target postgresql://admin@new.example.com --databases shop,crm",
    },
    {
      text: "Follow the source, and cut over by itself",
      command: "howdah migrate --source ... --target ... --mode Online --cutover-when-lag-below 1s",
    },
  );
}
