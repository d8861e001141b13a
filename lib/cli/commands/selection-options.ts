import { type Command, Option } from "commander";

/** Adds the options that say which databases are meant and which of their objects, the same for every command that reads a source. */
export function addSelectionOptions(command: Command, verb: "migrate" | "examine"): Command {
  return command
    .addOption(
      new Option("--databases <names>", `databases to ${verb}, separated by commas`)
        .argParser((text, before: string[] = []) => [
          ...before,
          ...text.split(",").map((name) => name.trim()),
        ])
        .conflicts("all"),
    )
    .option("--all", `${verb} all databases of the source but postgres`)
    .addOption(repeated("--include-schema <pattern>", "migrate only these schemas, with what they need"))
    .addOption(repeated("--include-table <pattern>", "migrate only these tables, with what they need"))
    .addOption(repeated("--exclude-schema <pattern>", "leave out schemas"))
    .addOption(repeated("--exclude-table <pattern>", "leave out tables, views or sequences"))
    .addOption(repeated("--exclude-table-data <pattern>", "migrate tables without their rows"))
    .addOption(repeated("--exclude-index <pattern>", "leave out indexes"))
    .option("--filter-file <file>", "JSON with filters and target names of databases")
    .addOption(repeated("--rename <old=new>", "give a database another name on the target"));
}

/** An option that may be given several times. */
function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text, before: string[] = []) => [...before, text]);
}
