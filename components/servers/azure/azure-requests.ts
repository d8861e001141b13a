import { sendJson } from "@/components/wizard/arm-requests";
import type {
  AzureAccountView,
  AzurePrincipalBody,
  AzureServers,
  AzureSubscriptions,
} from "@/lib/migrations/azure-contract";

/** Who Howdah is in Azure. Throws RefusedRequest. */
export async function readAzureAccount(signal: AbortSignal): Promise<AzureAccountView> {
  return (await sendJson("GET", "/api/azure/account", undefined, signal)) as AzureAccountView;
}

/** Signs in as this service principal from now on; null: as what the machine is. Throws RefusedRequest. */
export async function changeAzureAccount(principal: AzurePrincipalBody | null): Promise<void> {
  if (principal) await sendJson("PUT", "/api/azure/account", principal);
  else await sendJson("DELETE", "/api/azure/account", undefined);
}

/** Throws RefusedRequest. */
export async function readAzureSubscriptions(signal: AbortSignal): Promise<AzureSubscriptions> {
  return (await sendJson("GET", "/api/azure/subscriptions", undefined, signal)) as AzureSubscriptions;
}

/** Flexible servers of a subscription. Throws RefusedRequest. */
export async function readAzureServers(subscriptionId: string, signal: AbortSignal): Promise<AzureServers> {
  const query = new URLSearchParams({ subscriptionId });
  return (await sendJson("GET", `/api/azure/servers?${query}`, undefined, signal)) as AzureServers;
}
