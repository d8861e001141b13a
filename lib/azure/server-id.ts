/** Parts of /subscriptions/{}/resourceGroups/{}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{}. */
export interface AzureServerId {
  subscriptionId: string;
  resourceGroup: string;
  serverName: string;
}

const FORM =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/([^/]+)$/i;

/** Reads a resource id, without regard to case; null for another resource. */
export function parseAzureServerId(id: string): AzureServerId | null {
  const [, subscriptionId, resourceGroup, serverName] = FORM.exec(id) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || serverName === undefined) return null;
  return { subscriptionId, resourceGroup, serverName };
}
