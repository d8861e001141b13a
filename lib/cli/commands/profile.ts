import { Command } from "commander";
import type { ResultOptions } from "@/lib/cli/print/result-format";
import type { AddProfileOptions } from "@/lib/cli/profile/run-profile";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { outputOption } from "./shared-options";

/** `howdah profile` */
export function profileCommand(context: CommandContext): Command {
  return new Command("profile")
    .description("store addresses and tokens of Howdah servers, for --profile")
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(choiceCommand(context))
    .addCommand(removeCommand(context));
}

function addCommand({ output, exit }: CommandContext): Command {
  const command = new Command("add")
    .argument("<name>", "what to call it")
    .description("store a Howdah, in a file that only you can read; one of the same name is replaced")
    .requiredOption("--url <origin>", "its address, such as https://howdah.example.com")
    .option("--token-file <path>", "file that holds its token (default: HOWDAH_TOKEN, else standard input)")
    .option("--ca-file <path>", "PEM file with the authority of its certificate")
    .option("--fingerprint <sha256>", "SHA-256 fingerprint of its certificate, self-signed or not")
    .option("--use", "use it from now on where no other is named")
    .option("--no-check", "do not ask it whether the token is good")
    .action(async (name: string, options: AddProfileOptions) => {
      const { addProfile } = await import("@/lib/cli/profile/run-profile");
      exit(await addProfile(name, options, output));
    });
  return withExamples(command, {
    text: "A server with a certificate of its own making, the token typed on the terminal",
    command: "howdah profile add office --url https://10.0.0.5:7432 --fingerprint AB:CD:... --use",
  });
}

function listCommand({ output, exit }: CommandContext): Command {
  const command = new Command("list")
    .description("list stored servers, without their tokens")
    .addOption(outputOption())
    .option("--query <jmespath>", "print only what this JMESPath query makes of the result")
    .action(async (options: ResultOptions) => {
      const { listProfiles } = await import("@/lib/cli/profile/run-profile");
      exit(listProfiles(options, output));
    });
  return withExamples(command, {
    text: "Which one is current?",
    command: "howdah profile list --query '[?current].name' -o tsv",
  });
}

function choiceCommand({ output, exit }: CommandContext): Command {
  const command = new Command("use")
    .argument("[name]", "its name; none takes the choice back")
    .description("use a stored server where no other is named")
    .action(async (name: string | undefined) => {
      const { chooseProfile } = await import("@/lib/cli/profile/run-profile");
      exit(chooseProfile(name, output));
    });
  return withExamples(command, { text: "From now on", command: "howdah profile use office" });
}

function removeCommand({ output, exit }: CommandContext): Command {
  const command = new Command("remove")
    .argument("<name>", "its name")
    .description("forget a stored server and its token")
    .action(async (name: string) => {
      const { removeProfile } = await import("@/lib/cli/profile/run-profile");
      exit(removeProfile(name, output));
    });
  return withExamples(command, { text: "Forget it", command: "howdah profile remove office" });
}
