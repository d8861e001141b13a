import { Argument, Command } from "commander";
import { completionScript, SHELLS, type Shell } from "@/lib/cli/completion/completion-script";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";

/** `howdah completion` */
export function completionCommand({ output }: CommandContext): Command {
  const command = new Command("completion")
    .description("print a script that completes commands and options in your shell")
    .addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
    .action((shell: Shell) => {
      const program = command.parent ?? command;
      output.out(completionScript(program, shell).trimEnd());
    });
  return withExamples(
    command,
    { text: "In ~/.bashrc", command: "source <(howdah completion bash)" },
    { text: "For fish", command: "howdah completion fish > ~/.config/fish/completions/howdah.fish" },
  );
}
