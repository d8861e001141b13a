import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { fromAzWords } from "./az-words";
import type { CommandContext } from "./commands/command";
import { completionCommand } from "./commands/completion";
import { deploymentCommand } from "./commands/deployment";
import { migrateCommand } from "./commands/migrate";
import { migrationCommand } from "./commands/migration";
import { profileCommand } from "./commands/profile";
import { serverCommand } from "./commands/server";
import { signInCommand } from "./commands/sign-in";
import { startCommand } from "./commands/start";
import { tokenCommand } from "./commands/token";
import { validateCommand } from "./commands/validate";
import { verifyCommand } from "./commands/verify";
import { webCommand } from "./commands/web";
import { workerCommand } from "./commands/worker";
import { EXIT } from "./exit-codes";
import { installationRoot } from "./installation";
import { describeForTerminal, type Output } from "./output";
import { UsageError } from "./usage-error";

/** Runs a command line, without the program's name, and returns its exit code. Never throws for the user's mistakes. */
export async function execute(args: readonly string[], output: Output): Promise<number> {
  let code: number = EXIT.succeeded;
  const context: CommandContext = {
    output,
    exit: (value) => {
      code = value;
    },
  };
  try {
    const { args: words, notes } = fromAzWords(args);
    for (const note of notes) output.say(`Note: ${note}`);
    await program(context).parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.succeeded : EXIT.usage;
    for (const line of describeForTerminal(error)) output.say(line);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/** The whole command line, as commander runs it and docs/cli.md tells it. */
export function program(context: CommandContext): Command {
  const howdah = new Command("howdah")
    .description("Moves PostgreSQL databases to Azure Database for PostgreSQL or any other PostgreSQL.")
    .version(version(), "-V, --version");
  for (const command of [
    startCommand(context),
    migrateCommand(context),
    migrationCommand(context),
    serverCommand(context),
    deploymentCommand(context),
    validateCommand(context),
    verifyCommand(context),
    signInCommand(context),
    tokenCommand(context),
    profileCommand(context),
    completionCommand(context),
    webCommand(context),
    workerCommand(context),
  ]) {
    howdah.addCommand(command);
  }
  catchExits(howdah, context.output);
  return howdah;
}

/** Commander ends the process by itself unless told otherwise, for each command anew. */
function catchExits(command: Command, output: Output): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => output.out(text.trimEnd()),
    writeErr: (text) => output.say(text.trimEnd()),
  });
  for (const child of command.commands) catchExits(child, output);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(installationRoot(), "package.json"), "utf8"));
  const named = manifest as { version?: unknown };
  return typeof named.version === "string" ? named.version : "unknown";
}
