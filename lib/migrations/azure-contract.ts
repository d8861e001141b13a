/** Azure as the pages read it: who Howdah is there, subscriptions, flexible servers. Served by /api/azure/... */
import { z } from "zod";

/** Body of PUT /api/azure/account: a service principal; its secret is kept sealed and never sent back. */
export const azurePrincipalBody = z.object({
  // The SDK refuses anything else, wherever it is used.
  tenantId: z
    .string()
    .trim()
    .regex(/^[0-9A-Za-z.-]+$/, "Enter the directory (tenant) id, a GUID or a domain name.")
    .max(256),
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

/** Lists of a flexible server that say what databases there may use. */
export const ALLOWANCES = ["azure.extensions", "shared_preload_libraries"] as const;
export type Allowance = (typeof ALLOWANCES)[number];

const members = z.array(z.string().regex(/^[A-Za-z0-9_-]{1,63}$/, "Not the name of an extension.")).max(200);

/** Names as a query carries them: "hstore,pg_trgm"; none when empty. */
const membersInQuery = z
  .string()
  .max(16_384)
  .default("")
  .transform((text) => text.split(",").filter((name) => name !== ""))
  .pipe(members);

/** Query of GET /api/azure/server/allowances: what the databases need. */
export const azureAllowancesQuery = z.object({
  id: z.string().max(1024),
  extensions: membersInQuery,
  libraries: membersInQuery,
});

/** What the server lacks of it. */
export const azureAllowances = z.object({
  changes: z.array(
    z.object({
      name: z.enum(ALLOWANCES),
      /** The list as it would be. */
      value: z.string(),
      added: z.array(z.string()),
      needsRestart: z.boolean(),
    }),
  ),
  /** What Azure does not offer on this server at all. */
  notAllowed: z.array(z.object({ name: z.enum(ALLOWANCES), member: z.string() })),
  /** True: a list was set before and counts only after a restart. */
  isPendingRestart: z.boolean(),
});
export type AzureAllowances = z.infer<typeof azureAllowances>;

/** Body of POST /api/azure/server/allowances: add these to one list, and restart the server when that is what it takes. */
export const azureAllowancesBody = z.object({
  id: z.string().max(1024),
  parameter: z.enum(ALLOWANCES),
  add: members,
  /** A restart interrupts every session on the server; without it a static list counts only after one. */
  restart: z.boolean(),
});
export type AzureAllowancesBody = z.infer<typeof azureAllowancesBody>;

/** Its answer. */
export const azureAllowancesSet = z.object({
  value: z.string(),
  added: z.array(z.string()),
  hasRestarted: z.boolean(),
  isPendingRestart: z.boolean(),
});
