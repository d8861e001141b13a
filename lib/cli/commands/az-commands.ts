import { Command, Option } from "commander";
import type { CreateOptions, UpdateOptions } from "@/lib/cli/migration/az-verbs";
import type { MigrationCommandOptions } from "@/lib/cli/migration/run-migration";
import type { Output } from "@/lib/cli/output";
import { choice, nameList } from "@/lib/cli/parse-options";
import { UsageError } from "@/lib/cli/usage-error";
import { MIGRATION_MODES, MIGRATION_OPTIONS } from "@/lib/migrations/vocabulary";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { addNameOptions, named, readNamed, runNamed } from "./named-migration";
import { addClientOptions, keyValue } from "./shared-options";

/** The verbs of `az postgres flexible-server migration`. */
export function azCommands(context: CommandContext): Command[] {
  return [
    createCommand(context),
    listCommand(context),
    showCommand(context),
    updateCommand(context),
    checkNameCommand(context),
  ];
}

const PROPERTIES_HELP = `
The properties file is that of az, with keys in any case:
  {"properties": {"sourceDbServerResourceId": "<host>:<port>@<user>", "sourceType": "AWS_RDS", "sslMode": "Require",
   "secretParameters": {"adminCredentials": {"sourceServerPassword": "...", "targetServerPassword": "..."}},
   "dbsToMigrate": ["ticketdb", "timedb"], "overwriteDbsInTarget": "true"}}
Passwords that are not in it are looked for as with howdah migrate: HOWDAH_SOURCE_PASSWORD and HOWDAH_TARGET_PASSWORD, ~/.pgpass,
a prompt. Howdah's own options, such as filters, stand under "howdah" within properties.`;

function createCommand(context: CommandContext): Command {
  const command = named<CreateOptions>(
    "create",
    context,
    async (output, options, name) => {
      const { createFromFile } = await import("@/lib/cli/migration/az-verbs");
      return await createFromFile(name, options, output);
    },
    { alone: "server", required: false },
  )
    .description("create a migration from a properties file, and start it")
    .requiredOption(
      "-b, --properties <file>",
      "JSON file that tells of the source, the databases and the passwords",
    )
    .addOption(
      choice(
        "--migration-mode <mode>",
        "Online follows the source until the cutover",
        MIGRATION_MODES,
      ).default("Offline"),
    )
    .addOption(
      choice("--migration-option <option>", "what it is to do", MIGRATION_OPTIONS).default(
        "ValidateAndMigrate",
      ),
    )
    .addOption(new Option("--tags <key=value...>", "tags, several at once").argParser(keyValue))
    .option("-l, --location <location>", "location told with the migration (default: local)")
    .option(
      "--tune-target",
      "set parameters of a target that was found in Azure while the data moves, and put them back",
    )
    .option("--wait", "show what becomes of it until it has ended")
    .addHelpText("after", PROPERTIES_HELP);
  return withExamples(
    command,
    {
      text: "Create and watch",
      command: "howdah migration create shop-01 --server-name crm-target --properties shop.json --wait",
    },
    {
      text: "As az before 2.86 has it",
      command:
        "howdah migration create --resource-group my-rg --name crm-target --migration-name shop-01 --properties shop.json --migration-mode offline",
    },
    {
      text: "As az has it since",
      command: "howdah migration create -g my-rg --server-name crm-target --name shop-01 -b shop.json",
    },
  );
}

function listCommand(context: CommandContext): Command {
  const bare = addNameOptions(addClientOptions(new Command("list")))
    .description("list migrations, newest first: those of all servers, or of one")
    .addOption(listFilterOption())
    .addOption(new Option("--active", "the same as --filter Active").conflicts("filter").hideHelp());
  const command = runNamed<MigrationCommandOptions & { filter?: string }>(
    bare,
    context,
    async (output, { filter, ...options }) => {
      const { listMigrations } = await import("@/lib/cli/migration/run-migration");
      return await listMigrations({ ...options, filter: filterOf(filter, output) }, output);
    },
    { alone: "server", required: false },
  );
  return withExamples(
    command,
    { text: "Everything there ever was", command: "howdah migration list --filter All" },
    {
      text: "Names and states of one server's",
      command:
        "howdah migration list --server-name crm-target --query '[].[name, currentStatus.state]' -o tsv",
    },
  );
}

/** Its spelling is looked at by `filterOf`, which tells of another one. */
function listFilterOption(): Option {
  const option = new Option("--filter <filter>", "those that have not ended, or all (default: Active)");
  option.argChoices = ["Active", "All"];
  return option;
}

/** Throws UsageError. */
function filterOf(text: string | undefined, output: Output): "Active" | "All" {
  if (text === undefined) return "Active";
  const found = (["Active", "All"] as const).find((filter) => filter.toLowerCase() === text.toLowerCase());
  if (!found) throw new UsageError(`--filter must be Active or All, not "${text}".`);
  if (found !== text) output.say(`Note: the filter is written ${found}; "${text}" is taken for it.`);
  return found;
}

function showCommand(context: CommandContext): Command {
  const command = named("show", context, async (output, options, name) => {
    const { showMigration } = await import("@/lib/cli/migration/run-migration");
    return await showMigration(name, options, output);
  }).description("show one migration: its state, databases and problems");
  return withExamples(
    command,
    { text: "For people", command: "howdah migration show shop-01 -o table" },
    {
      text: "The state alone, for a script",
      command: "howdah migration show shop-01 --query currentStatus.state -o tsv",
    },
    {
      text: "As az before 2.86 has it",
      command: "howdah migration show -g my-rg --name crm-target --migration-name shop-01",
    },
  );
}

const OPERATIONS = ["cancel", "cutover", "setup-replication"] as const;

function updateCommand(context: CommandContext): Command {
  const words = new Command("update")
    .argument("[words...]", "name or id of the migration")
    .description("cut a migration over, cancel it, or have it set up logical replication: one of the three")
    .option("--cutover", "end an online migration: apply what is left and stop following the source")
    .option("--cancel", "end it; what it brought to the target stays")
    .option("--setup-replication", "allow it to set up logical replication on the source")
    .option("--databases <names>", "cut over or cancel only these, separated by commas", nameList)
    .option("--yes", "do not ask; needed for --cutover and --cancel where there is no terminal")
    .option("--wait", "show what becomes of it until it has ended");
  const command = addNameOptions(addClientOptions(words));
  const { output } = context;
  command.action(async (given: string[]) => {
    const { names, asked, help } = sortWords(given);
    if (help) return command.outputHelp();
    for (const word of asked) {
      output.say(`Note: "update ${word}" is written "update --${word}"; it is taken for it.`);
      command.setOptionValue(word === "setup-replication" ? "setupReplication" : word, true);
    }
    if (names.length > 1) throw new UsageError(`One migration at a time: ${names.join(", ")}.`);
    const { options, name } = readNamed<UpdateOptions>(command, names[0]);
    const { updateMigration } = await import("@/lib/cli/migration/az-verbs");
    context.exit(await updateMigration(name, options, output));
  });
  return withExamples(
    command,
    {
      text: "Cut over, as az before 2.86 has it",
      command: "howdah migration update -g my-rg --name crm-target --migration-name shop-01 --cutover --yes",
    },
    { text: "Cancel", command: "howdah migration update shop-01 --cancel --yes" },
    {
      text: "Cut over one database, while the others go on following",
      command: "howdah migration update shop-01 --cutover --databases orders --yes",
    },
  );
}

/** The documents of Azure have "update cancel" and "-- help" for "update --cancel" and "--help". */
function sortWords(words: readonly string[]) {
  const asked = OPERATIONS.filter((operation) => words.includes(operation));
  const names = words.filter((word) => !OPERATIONS.some((operation) => operation === word));
  return { asked, names, help: names.length === 1 && names[0] === "help" };
}

function checkNameCommand(context: CommandContext): Command {
  const command = named("check-name-availability", context, async (output, options, name) => {
    const { checkNameAvailability } = await import("@/lib/cli/migration/az-verbs");
    return await checkNameAvailability(name, options, output);
  }).description("tell whether a migration could have a name");
  return withExamples(command, {
    text: "Is the name free on crm-target?",
    command: "howdah migration check-name-availability shop-02 --server-name crm-target",
  });
}
