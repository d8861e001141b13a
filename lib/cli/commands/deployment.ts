import { Command, Option } from "commander";
import type { DeployOptions } from "@/lib/cli/deployment/run-deployment";
import type { CommandContext } from "./command";
import { withExamples } from "./examples";
import { addClientOptions, addScopeOptions, type ClientOptions } from "./shared-options";

const PARAMETERS_HELP = `
--parameters takes a parameters file, JSON, or key=value, and may be given several times; the last value counts. key=@file takes the
value from a file: passwords on a command line stay in the shell's history.`;

/** `howdah deployment` */
export function deploymentCommand(context: CommandContext): Command {
  return new Command("deployment")
    .description("deploy ARM templates that create migrations")
    .addCommand(deployCommand("create", "create the migrations of an ARM template", context))
    .addCommand(deployCommand("validate", "check an ARM template without deploying it", context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(operationsCommand(context))
    .addCommand(cancelCommand(context))
    .addCommand(deleteCommand(context));
}

function deployCommand(
  verb: "create" | "validate",
  description: string,
  { output, exit }: CommandContext,
): Command {
  const command = addScopeOptions(addClientOptions(new Command(verb)))
    .description(description)
    .requiredOption("-f, --template-file <file>", "the template, JSON with or without comments")
    .option(
      "-p, --parameters <values...>",
      "values for its parameters: a file, JSON, or key=value",
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option("-n, --name <name>", "name of the deployment (default: that of the file)")
    .addOption(deploymentModeOption());
  if (verb === "create") {
    command
      .option("--wait", "return when the migrations are there (the default)")
      .option("--no-wait", "return at once; `howdah deployment show` tells how it goes");
  }
  command.addHelpText("after", PARAMETERS_HELP).action(async (options: DeployOptions) => {
    const { deploy } = await import("@/lib/cli/deployment/run-deployment");
    exit(await deploy(verb, options, output));
  });
  return withExamples(command, {
    text: "With a file of parameters, one of them given apart, and a password from a file",
    command: `howdah deployment ${verb} --template-file shop.json --parameters shop.parameters.json --parameters migrationName=shop-01 sourceServerPassword=@source.txt`,
  });
}

/** Its spelling and the other modes are answered by Howdah, which tells why there is no other. */
function deploymentModeOption(): Option {
  const option = new Option("--mode <mode>", "Incremental, the only one there is");
  option.argChoices = ["Incremental"];
  return option;
}

function listCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("list")))
    .description("list deployments, newest first")
    .action(async (options: ClientOptions) => {
      const { listDeployments } = await import("@/lib/cli/deployment/run-deployment");
      exit(await listDeployments(options, output));
    });
  return withExamples(command, {
    text: "Those that failed",
    command: `howdah deployment list --query "[?properties.provisioningState=='Failed'].name" -o tsv`,
  });
}

function showCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("show").argument("[name]", "its name")))
    .description("show a deployment; secure parameters come without their values")
    .option("-n, --name <name>", "its name, as az gives it")
    .action(async (argument: string | undefined, { name, ...options }: ClientOptions & { name?: string }) => {
      const { demandName, showDeployment } = await import("@/lib/cli/deployment/run-deployment");
      exit(await showDeployment(demandName(argument ?? name), options, output));
    });
  return withExamples(command, {
    text: "Its outputs",
    command: "howdah deployment show shop --query properties.outputs",
  });
}

function operationsCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("operations").argument("[name]", "its name")))
    .description("list what became of each migration of a deployment")
    .option("-n, --name <name>", "its name, as az gives it")
    .action(async (argument: string | undefined, { name, ...options }: ClientOptions & { name?: string }) => {
      const { demandName, listOperations } = await import("@/lib/cli/deployment/run-deployment");
      exit(await listOperations(demandName(argument ?? name), options, output));
    });
  return withExamples(command, {
    text: "Why it failed",
    command: `howdah deployment operations shop --query "[].properties.statusMessage.error.message" -o tsv`,
  });
}

function cancelCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("cancel").argument("[name]", "its name")))
    .description("begin no further migration of a deployment that runs; those it has made stay")
    .option("-n, --name <name>", "its name, as az gives it")
    .action(async (argument: string | undefined, { name, ...options }: ClientOptions & { name?: string }) => {
      const { cancelDeployment, demandName } = await import("@/lib/cli/deployment/run-deployment");
      exit(await cancelDeployment(demandName(argument ?? name), options, output));
    });
  return withExamples(command, { text: "Stop it", command: "howdah deployment cancel shop" });
}

function deleteCommand({ output, exit }: CommandContext): Command {
  const command = addScopeOptions(addClientOptions(new Command("delete").argument("[name]", "its name")))
    .description("remove the record of a deployment that has ended; the migrations it made stay")
    .option("-n, --name <name>", "its name, as az gives it")
    .action(async (argument: string | undefined, { name, ...options }: ClientOptions & { name?: string }) => {
      const { demandName, deleteDeployment } = await import("@/lib/cli/deployment/run-deployment");
      exit(await deleteDeployment(demandName(argument ?? name), options, output));
    });
  return withExamples(command, { text: "Remove the record", command: "howdah deployment delete shop" });
}
