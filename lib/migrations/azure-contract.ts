/** Azure as the pages read it: who Howdah is there, subscriptions, flexible servers. Served by /api/azure/... */
import { z } from "zod";

/** Body of PUT /api/azure/account: a service principal; its secret is kept sealed and never sent back. */
export const azurePrincipalBody = z.object({
  tenantId: z.string().trim().min(1, "Enter the directory (tenant) id.").max(256),
  clientId: z.string().trim().min(1, "Enter the application (client) id.").max(256),
  clientSecret: z.string().min(1, "Enter the client secret.").max(1000),
});
export type AzurePrincipalBody = z.infer<typeof azurePrincipalBody>;

/** GET /api/azure/account */
export const azureAccountView = z.object({
  /** Where requests go, without path. */
  endpoint: z.string(),
  /** null: Howdah is what its machine is signed in as (environment, managed identity, az login). */
  principal: z.object({ tenantId: z.string(), clientId: z.string() }).nullable(),
});
export type AzureAccountView = z.infer<typeof azureAccountView>;

/** GET /api/azure/subscriptions */
export const azureSubscriptions = z.object({
  subscriptions: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
});
export type AzureSubscriptions = z.infer<typeof azureSubscriptions>;

const azureServer = z.object({
  /** ARM resource id as Azure spells it. */
  id: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  serverName: z.string(),
  host: z.string(),
  administratorLogin: z.string(),
  location: z.string(),
  /** "17", and "17.5" when the minor version is told. */
  version: z.string().nullable(),
  sku: z.object({ name: z.string(), tier: z.string() }).nullable(),
  storageGiB: z.number().nullable(),
  /** Disabled, SameZone, ZoneRedundant, and whether a standby really runs. */
  highAvailability: z.object({ mode: z.string(), isOn: z.boolean() }),
  isReplica: z.boolean(),
  /** Ready, Stopped, Updating, ... */
  state: z.string(),
  isPublic: z.boolean().nullable(),
});
export type AzureServerView = z.infer<typeof azureServer>;

/** GET /api/azure/servers?subscriptionId= */
export const azureServers = z.object({ servers: z.array(azureServer) });
export type AzureServers = z.infer<typeof azureServers>;

/** GET /api/azure/server?id= : one server as of now, with its read replicas. */
export const azureServerDetails = z.object({ ...azureServer.shape, replicas: z.array(z.string()) });
export type AzureServerDetails = z.infer<typeof azureServerDetails>;
