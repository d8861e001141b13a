import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findNodeAtLocation, getNodeValue } from "jsonc-parser";
import { z } from "zod";
import type { ClientOptions, ScopeOptions } from "@/lib/cli/commands/shared-options";
import { EXIT } from "@/lib/cli/exit-codes";
import { watchSignals } from "@/lib/cli/interruption";
import { type HowdahClient, RequestRefused } from "@/lib/cli/migration/howdah-client";
import { withServer } from "@/lib/cli/migration/run-migration";
import type { Output } from "@/lib/cli/output";
import { printResult } from "@/lib/cli/print/result-format";
import { type JsonFile, placeOf, readJsonFile } from "@/lib/cli/read-json-file";
import { factLines, textTable } from "@/lib/cli/text-table";
import { UsageError } from "@/lib/cli/usage-error";
import { DEPLOYMENT_TYPE, MANAGEMENT_API_VERSION, resourceGroupId } from "@/lib/migrations/resource-paths";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { readParameters } from "./template-parameters";

type Options = ClientOptions & ScopeOptions;

export interface DeployOptions extends Options {
  templateFile: string;
  parameters: string[];
  name?: string;
  mode?: string;
  /** False: do not wait until the migrations are there. */
  wait?: boolean;
}

const failure = z.looseObject({ code: z.string(), message: z.string(), target: z.string().optional() });
const form = z.looseObject({
  name: z.string(),
  properties: z.looseObject({
    provisioningState: z.string(),
    timestamp: z.string(),
    outputResources: z.array(z.looseObject({ id: z.string() })),
    error: failure.extend({ details: z.array(failure).optional() }).optional(),
  }),
});

/** `howdah deployment create`, and `validate`, which only looks. Throws UsageError for what is wrong with the files. */
export function deploy(verb: "create" | "validate", options: DeployOptions, output: Output): Promise<number> {
  const template = readJsonFile(options.templateFile, { what: "Template file", comments: true });
  const body = {
    properties: {
      mode: options.mode ?? "Incremental",
      template: getNodeValue(template.root) as unknown,
      parameters: readParameters(options.parameters, template),
    },
  };
  const name = options.name ?? basename(options.templateFile).replace(/\.[^.]*$/, "");
  return withServer(options, output, async (client) => {
    tellScope(options, output);
    const path = `${deploymentsPath()}/${encodeURIComponent(name)}`;
    const answer = await send(client, verb, path, body, template);
    if (verb === "create" && options.wait !== false)
      return await awaitEnd(client, path, template, options, output);
    printResult(answer, options, output, () => {
      if (verb === "create")
        return [`${name} is being deployed; \`howdah deployment show ${name}\` tells how it goes.`];
      return describeMade(answer, `${name} can be deployed:`);
    });
    return EXIT.succeeded;
  });
}

function describeMade(answer: unknown, heading: string): string[] {
  const { outputResources } = form.parse(answer).properties;
  return [heading, ...outputResources.map(({ id }) => `  ${shortNameOf(id)}`)];
}

/** "server/migrations/name" of an ARM id. */
function shortNameOf(id: string): string {
  return id.split("/flexibleServers/")[1] ?? id;
}

const POLL_MS = 500;

/** Waits until a deployment has ended; a signal ends the waiting, not the deployment. Throws RequestRefused when it failed. */
async function awaitEnd(
  client: HowdahClient,
  path: string,
  template: JsonFile,
  options: DeployOptions,
  output: Output,
): Promise<number> {
  using interruption = watchSignals();
  for (;;) {
    const answer = await client.arm("GET", path, undefined, MANAGEMENT_API_VERSION);
    const { name, properties } = form.parse(answer);
    if (properties.provisioningState === "Canceled") {
      output.say(`${name}: ${properties.error?.message ?? "The deployment was canceled."}`);
      return EXIT.canceled;
    }
    if (properties.provisioningState !== "Running") {
      if (properties.error) throw failedDeployment(properties.error, template);
      printResult(answer, options, output, () => describeMade(answer, `${name} was deployed:`));
      return EXIT.succeeded;
    }
    await sleep(POLL_MS, undefined, { signal: interruption.asked }).catch(() => undefined);
    if (interruption.asked.aborted) {
      output.say("No longer waiting; the deployment goes on.");
      return EXIT.canceled;
    }
  }
}

/** What failed, with its place in the file. */
function failedDeployment(
  { code, message, details = [] }: NonNullable<z.infer<typeof form>["properties"]["error"]>,
  template: JsonFile,
): RequestRefused {
  const place = placeInTemplate(details[0]?.target ?? null, template);
  return new RequestRefused(
    details[0]?.code ?? code,
    place === null ? message : `${place}: ${message}`,
    EXIT.failed,
  );
}

async function send(
  client: HowdahClient,
  verb: "create" | "validate",
  path: string,
  body: unknown,
  template: JsonFile,
): Promise<unknown> {
  try {
    return verb === "create"
      ? await client.arm("PUT", path, body, MANAGEMENT_API_VERSION)
      : await client.arm("POST", `${path}/validate`, body, MANAGEMENT_API_VERSION);
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    const place = placeInTemplate(error.target, template);
    if (place === null) throw error;
    throw new RequestRefused(error.code, `${place}: ${error.message}`, error.exitCode, { cause: error });
  }
}

/** "t.json:12:9" for "properties.template.resources[0].name"; the nearest thing that the file has. */
function placeInTemplate(target: string | null, { path, text, root }: JsonFile): string | null {
  const prefix = "properties.template.";
  if (!target?.startsWith(prefix)) return null;
  const steps = [...target.slice(prefix.length).matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) =>
    index === undefined ? (key ?? "") : Number(index),
  );
  for (let length = steps.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, steps.slice(0, length));
    if (!node) continue;
    const { line, column } = placeOf(text, node.offset);
    return `${path}:${line}:${column}`;
  }
  return null;
}

/** `howdah deployment show` */
export function showDeployment(name: string, options: Options, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const path = `${deploymentsPath()}/${encodeURIComponent(name)}`;
    const answer = await client.arm("GET", path, undefined, MANAGEMENT_API_VERSION);
    printResult(answer, options, output, () => {
      const { properties } = form.parse(answer);
      return factLines([
        ["Name", name],
        ["State", properties.provisioningState],
        ["Time (UTC)", properties.timestamp],
        ["Made", properties.outputResources.map(({ id }) => shortNameOf(id)).join(", ")],
        ...(properties.error ? [["Error", properties.error.message] as const] : []),
      ]);
    });
    return EXIT.succeeded;
  });
}

/** `howdah deployment list` */
export function listDeployments(options: Options, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const deployments = await client.armList(deploymentsPath(), MANAGEMENT_API_VERSION);
    printResult(deployments, options, output, () => {
      const rows = z.array(form).parse(deployments);
      if (rows.length === 0) return ["There are no deployments."];
      return textTable(rows, [
        { heading: "Name", text: (row) => row.name },
        { heading: "State", text: ({ properties }) => properties.provisioningState },
        {
          heading: "Time (UTC)",
          text: ({ properties }) => properties.timestamp.slice(0, 19).replace("T", " "),
        },
      ]);
    });
    return EXIT.succeeded;
  });
}

/** `howdah deployment cancel`; what it made stays. */
export function cancelDeployment(name: string, options: Options, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const path = `${deploymentsPath()}/${encodeURIComponent(name)}/cancel`;
    await client.arm("POST", path, undefined, MANAGEMENT_API_VERSION);
    output.say(`${name} was canceled; the migrations it had made stay.`);
    return EXIT.succeeded;
  });
}

/** `howdah deployment delete`; what it made stays. */
export function deleteDeployment(name: string, options: Options, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const path = `${deploymentsPath()}/${encodeURIComponent(name)}`;
    await client.arm("DELETE", path, undefined, MANAGEMENT_API_VERSION);
    output.say(`The record of ${name} was removed; the migrations it made stay.`);
    return EXIT.succeeded;
  });
}

const operationForm = z.looseObject({
  properties: z.looseObject({
    provisioningState: z.string(),
    statusMessage: z.looseObject({ error: failure }).optional(),
    targetResource: z.looseObject({ resourceName: z.string() }),
  }),
});

/** `howdah deployment operations`: what became of each migration. */
export function listOperations(name: string, options: Options, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const group = resourceGroupId(LOCAL_SUBSCRIPTION_ID, LOCAL_RESOURCE_GROUP);
    const path = `${group}/deployments/${encodeURIComponent(name)}/operations`;
    const operations = await client.armList(path, MANAGEMENT_API_VERSION);
    printResult(operations, options, output, () =>
      textTable(z.array(operationForm).parse(operations), [
        { heading: "Migration", text: ({ properties }) => properties.targetResource.resourceName },
        { heading: "State", text: ({ properties }) => properties.provisioningState },
        { heading: "Error", text: ({ properties }) => properties.statusMessage?.error.message ?? "" },
      ]),
    );
    return EXIT.succeeded;
  });
}

function deploymentsPath(): string {
  return `${resourceGroupId(LOCAL_SUBSCRIPTION_ID, LOCAL_RESOURCE_GROUP)}/providers/${DEPLOYMENT_TYPE}`;
}

/** Templates are deployed to Howdah's own resource group, whatever a script for Azure calls it. */
function tellScope({ resourceGroup, subscription }: ScopeOptions, output: Output): void {
  const other = (given: string | undefined, own: string) =>
    given !== undefined && given.toLowerCase() !== own;
  if (!other(resourceGroup, LOCAL_RESOURCE_GROUP) && !other(subscription, LOCAL_SUBSCRIPTION_ID)) return;
  output.say(`Note: templates are deployed to Howdah's own resource group, "${LOCAL_RESOURCE_GROUP}".`);
}

/** Throws UsageError unless a deployment is named. */
export function demandName(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new UsageError("Name the deployment; `howdah deployment list` lists them.");
}
