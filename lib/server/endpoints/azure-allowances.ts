import { ArmError } from "@/lib/arm/arm-error";
import { planParameters, setParameters } from "@/lib/azure/prepare-target";
import { type AzureServerId, parseAzureServerId } from "@/lib/azure/server-id";
import { readParameter } from "@/lib/azure/server-parameters";
import {
  type AzureAllowancesBody,
  azureAllowances,
  azureAllowancesBody,
  azureAllowancesQuery,
  azureAllowancesSet,
} from "@/lib/migrations/azure-contract";
import { isRegisteredInAzure } from "@/lib/store/server-metadata";
import { azureAccount } from "../azure";
import { endpoint } from "../endpoint";

/** A parameter takes some seconds, a restart some minutes; what was begun is not left half done when the page is closed. */
const LIMIT_MS = 10 * 60_000;

/** GET /api/azure/server/allowances?id=&extensions=&libraries= */
export const getAzureAllowances = endpoint({
  action: "Howdah/azureServers/read",
  access: "operator",
  summary:
    "Tells which extensions and preloaded libraries a flexible server does not allow yet, out of those needed.",
  query: azureAllowancesQuery,
  output: azureAllowances,
  async handle({ query: { id, extensions, libraries }, request }) {
    const needs = { extensions, libraries };
    return { body: await planParameters(await azureAccount(), serverOf(id), needs, request.signal) };
  },
});

/** POST /api/azure/server/allowances: only of servers that are registered here. */
export const setAzureAllowances = endpoint({
  action: "Howdah/azureServers/write",
  access: "operator",
  summary:
    "Adds extensions or preloaded libraries to those a flexible server allows, and restarts it when asked to.",
  body: azureAllowancesBody,
  output: azureAllowancesSet,
  async handle({ body, note }) {
    const { id, parameter, add, restart } = body;
    const server = serverOf(id);
    if (!(await isRegisteredInAzure(id)))
      throw new ArmError(
        404,
        "ResourceNotFound",
        "No server that was found in Azure is registered with this id.",
        {
          target: "id",
        },
      );
    note({ subject: id, data: { parameter, add: add.join(","), restart } });
    const account = await azureAccount();
    const signal = AbortSignal.timeout(LIMIT_MS);
    const plan = await planParameters(account, server, needsOf(body), signal);
    const [refused] = plan.notAllowed;
    if (refused)
      throw new ArmError(
        400,
        "InvalidParameterValue",
        `Azure does not offer ${refused.member} on this server.`,
        {
          target: "add",
        },
      );
    const set = await setParameters(account, server, plan, { restart, signal });
    const { value } = await readParameter(account, server, parameter, signal);
    return { body: { value, added: plan.changes.flatMap(({ added }) => added), ...set } };
  },
});

function needsOf({ parameter, add }: AzureAllowancesBody) {
  return parameter === "azure.extensions"
    ? { extensions: add, libraries: [] }
    : { extensions: [], libraries: add };
}

function serverOf(id: string): AzureServerId {
  const server = parseAzureServerId(id);
  if (server) return server;
  throw new ArmError(400, "InvalidParameterValue", "Not the id of a flexible server.", { target: "id" });
}
