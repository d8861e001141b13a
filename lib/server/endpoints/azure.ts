import { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import { listAzureServers, listReplicas, listSubscriptions, readAzureServer } from "@/lib/azure/azure-server";
import { parseAzureServerId } from "@/lib/azure/server-id";
import {
  azureAccountView,
  azurePrincipalBody,
  azureServerDetails,
  azureServers,
  azureSubscriptions,
} from "@/lib/migrations/azure-contract";
import { deleteAzurePrincipal, saveAzurePrincipal } from "@/lib/store/azure-principal";
import { azureAccount, readAzureAccount } from "../azure";
import { endpoint } from "../endpoint";

/** GET /api/azure/account: who Howdah is in Azure. */
export const getAzureAccount = endpoint({
  action: "Howdah/azureAccount/read",
  access: "operator",
  summary: "Tells who Howdah signs in to Azure as.",
  output: azureAccountView,
  async handle() {
    return { body: await readAzureAccount() };
  },
});

/** PUT /api/azure/account: sign in as this service principal from now on, if Azure takes it. */
export const putAzureAccount = endpoint({
  action: "Howdah/azureAccount/write",
  access: "admin",
  summary: "Has Howdah sign in to Azure as a service principal; its secret is kept sealed.",
  body: azurePrincipalBody,
  output: azureAccountView,
  async handle({ body, note }) {
    note({ subject: "azure", data: { tenantId: body.tenantId, clientId: body.clientId } });
    await saveAzurePrincipal(body);
    return { body: await readAzureAccount() };
  },
});

/** DELETE /api/azure/account: what the machine is signed in as counts again. */
export const removeAzureAccount = endpoint({
  action: "Howdah/azureAccount/delete",
  access: "admin",
  summary: "Forgets the service principal.",
  output: azureAccountView,
  async handle() {
    await deleteAzurePrincipal();
    return { body: await readAzureAccount() };
  },
});

/** GET /api/azure/subscriptions */
export const getAzureSubscriptions = endpoint({
  action: "Howdah/azureServers/read",
  access: "operator",
  summary: "Lists the Azure subscriptions Howdah may see.",
  output: azureSubscriptions,
  async handle({ request }) {
    return { body: { subscriptions: await listSubscriptions(await azureAccount(), request.signal) } };
  },
});

/** GET /api/azure/servers?subscriptionId= */
export const getAzureServers = endpoint({
  action: "Howdah/azureServers/read",
  access: "operator",
  summary: "Lists the flexible servers of an Azure subscription.",
  query: z.object({ subscriptionId: z.guid("A subscription has a GUID.") }),
  output: azureServers,
  async handle({ query, request }) {
    const servers = await listAzureServers(await azureAccount(), query.subscriptionId, request.signal);
    return { body: { servers } };
  },
});

/** GET /api/azure/server?id= */
export const getAzureServer = endpoint({
  action: "Howdah/azureServers/read",
  access: "viewer",
  summary: "Reads a flexible server in Azure: location, version, SKU, storage, high availability, replicas.",
  query: z.object({ id: z.string().max(1024) }),
  output: azureServerDetails,
  async handle({ query, request }) {
    const id = parseAzureServerId(query.id);
    if (!id)
      throw new ArmError(400, "InvalidParameterValue", "Not the id of a flexible server.", { target: "id" });
    const account = await azureAccount();
    const [server, replicas] = await Promise.all([
      readAzureServer(account, id, request.signal),
      listReplicas(account, id, request.signal),
    ]);
    return { body: { ...server, replicas } };
  },
});
