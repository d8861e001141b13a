import type { Server } from "@azure/arm-postgresql-flexible";
import type { AzureServerView, AzureSubscriptions } from "@/lib/migrations/azure-contract";
import type { AzureAccount } from "./azure-account";
import { toAzureError } from "./azure-error";
import { type AzureServerId, parseAzureServerId } from "./server-id";

/** A flexible server as the management endpoint knows it. */
export type AzureServer = AzureServerView;

export type AzureSubscription = AzureSubscriptions["subscriptions"][number];

/** Subscriptions the identity may see, by name. Throws CodedError AZURE_*. */
export async function listSubscriptions(
  account: AzureAccount,
  signal: AbortSignal,
): Promise<AzureSubscription[]> {
  const found: AzureSubscription[] = [];
  try {
    for await (const { subscriptionId, displayName, state } of account.subscriptions.subscriptions.list({
      abortSignal: signal,
    })) {
      if (subscriptionId === undefined) continue;
      found.push({ id: subscriptionId, name: displayName ?? subscriptionId, state: state ?? "" });
    }
  } catch (error) {
    throw toAzureError(error, "subscriptions");
  }
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

/** Flexible servers of a subscription, by resource group and name. Throws CodedError AZURE_*. */
export async function listAzureServers(
  account: AzureAccount,
  subscriptionId: string,
  signal: AbortSignal,
): Promise<AzureServer[]> {
  const found: AzureServer[] = [];
  try {
    const servers = account.servers(subscriptionId).servers.listBySubscription({ abortSignal: signal });
    for await (const server of servers) {
      const known = toAzureServer(server);
      if (known) found.push(known);
    }
  } catch (error) {
    throw toAzureError(error, `subscription ${subscriptionId}`);
  }
  const order = ({ resourceGroup, serverName }: AzureServer) =>
    `${resourceGroup}/${serverName}`.toLowerCase();
  return found.sort((one, other) => order(one).localeCompare(order(other)));
}

/** One server as of now. Throws CodedError AZURE_NOT_FOUND and other AZURE_*. */
export async function readAzureServer(
  account: AzureAccount,
  id: AzureServerId,
  signal: AbortSignal,
): Promise<AzureServer> {
  const { subscriptionId, resourceGroup, serverName } = id;
  try {
    const answer = await account
      .servers(subscriptionId)
      .servers.get(resourceGroup, serverName, { abortSignal: signal });
    const server = toAzureServer(answer);
    if (!server) throw new TypeError("the answer names no server");
    return server;
  } catch (error) {
    throw toAzureError(error, serverName);
  }
}

/** Names of the server's read replicas. Throws CodedError AZURE_*. */
export async function listReplicas(
  account: AzureAccount,
  id: AzureServerId,
  signal: AbortSignal,
): Promise<string[]> {
  const { subscriptionId, resourceGroup, serverName } = id;
  const names: string[] = [];
  try {
    const replicas = account
      .servers(subscriptionId)
      .replicas.listByServer(resourceGroup, serverName, { abortSignal: signal });
    for await (const { name } of replicas) if (name !== undefined) names.push(name);
  } catch (error) {
    throw toAzureError(error, serverName);
  }
  return names.sort();
}

function toAzureServer(server: Server): AzureServer | null {
  const id = server.id === undefined ? null : parseAzureServerId(server.id);
  if (!id || server.id === undefined) return null;
  const { version, minorVersion, sku, storage, highAvailability, replicationRole, network } = server;
  return {
    ...id,
    id: server.id,
    host: server.fullyQualifiedDomainName ?? "",
    administratorLogin: server.administratorLogin ?? "",
    location: server.location,
    version: version === undefined ? null : minorVersion ? `${version}.${minorVersion}` : version,
    sku: sku ? { name: sku.name, tier: sku.tier } : null,
    storageGiB: storage?.storageSizeGB ?? null,
    highAvailability: {
      mode: highAvailability?.mode ?? "Disabled",
      isOn: (highAvailability?.state ?? "NotEnabled") !== "NotEnabled",
    },
    isReplica: replicationRole !== undefined && /replica/i.test(replicationRole),
    state: server.state ?? "",
    isPublic: network?.publicNetworkAccess ? network.publicNetworkAccess === "Enabled" : null,
  };
}
