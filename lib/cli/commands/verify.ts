import { Command, Option } from "commander";
import { wholeNumber } from "@/lib/cli/parse-options";
import type { VerifyOptions } from "@/lib/cli/verify/verify-options";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

const HELP = `
Reads both databases as of one moment each and writes to neither. Without --database the one named in the source URI is compared; the
target's has the same name unless its URI names another. Patterns are like psql's: shop.orders, shop.*, *.log_?, "Mixed Case".*
Passwords are found as with howdah migrate: URI, HOWDAH_SOURCE_PASSWORD and HOWDAH_TARGET_PASSWORD, ~/.pgpass, a prompt.

Exit code: 0 equal, 1 failed, 2 wrong usage, 5 different, 6 incomplete (nothing differs, but something could not be compared),
130 canceled.`;

const collect = (text: string, before: string[] = []) => [...before, text];

/** `howdah verify` */
export function verifyCommand({ output, exit }: CommandContext): Command {
  const described = new Command("verify")
    .description("compare databases of two servers down to the rows that differ, and say how to repair them")
    .requiredOption("--source <uri>", "postgresql://user@host:port/database")
    .requiredOption("--target <uri>", "postgresql://user@host:port")
    .addOption(
      new Option("--database <name>", "database to compare; may be given several times").argParser(collect),
    )
    .addOption(
      new Option(
        "--table <pattern>",
        "compare only tables that match, and nothing besides tables; may be given several times",
      ).argParser(collect),
    )
    .addOption(
      new Option("--jobs <number>", "readers on each server (default: chosen from the servers)").argParser(
        wholeNumber(1, 64),
      ),
    )
    .addOption(
      new Option("--max-differences <number>", "rows told of each table")
        .default(1_000)
        .argParser(wholeNumber(1, 100_000)),
    )
    .addOption(
      new Option(
        "--max-megabytes-per-second <number>",
        "read no faster than this from each server",
      ).argParser(wholeNumber(1, 1_000_000)),
    )
    .option("--json", "print one JSON object a line")
    .option("--repair-file <file>", "write the statements that make the target like the source")
    .option("--report <file>", "write everything that was found as JSON")
    .addHelpText("after", HELP)
    .action(async (options: VerifyOptions) => {
      const { runVerify } = await import("@/lib/cli/verify/run-verify");
      exit(await runVerify(options, output));
    });
  return withExamples(
    described,
    {
      text: "One database",
      command:
        "howdah verify --source postgresql://app@db.example.com/shop --target postgresql://admin@new.example.com",
    },
    {
      text: "One table, with what makes it the same",
      command: "howdah verify --source ... --target ... --table shop.orders --repair-file repair.sql",
    },
  );
}
