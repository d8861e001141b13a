import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "./vocabulary";

/** The newest stable api-version that carries migrations; what Howdah's own clients send. */
export const API_VERSION = "2025-08-01";

export const PROVIDER = "Microsoft.DBforPostgreSQL";
export const SERVER_TYPE = `${PROVIDER}/flexibleServers`;
export const MIGRATION_TYPE = `${SERVER_TYPE}/migrations`;

export const DEPLOYMENT_TYPE = "Microsoft.Resources/deployments";

/** The api-version of Resource Manager itself that Howdah's own clients send. */
export const MANAGEMENT_API_VERSION = "2025-04-01";

export const VERIFICATION_TYPE = `${MIGRATION_TYPE}/verifications`;

export interface ServerPath {
  subscriptionId: string;
  resourceGroup: string;
  serverName: string;
}

/** ARM id of a resource group. */
export function resourceGroupId(subscriptionId: string, resourceGroup: string): string {
  return `/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(resourceGroup)}`;
}

/** ARM id of a deployment. */
export function deploymentResourceId(scope: DeploymentScope): string {
  const { subscriptionId, resourceGroup, name } = scope;
  return `${resourceGroupId(subscriptionId, resourceGroup)}/providers/${DEPLOYMENT_TYPE}/${encodeURIComponent(name)}`;
}

interface DeploymentScope {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/** ARM id of a server. */
export function serverResourceId({ subscriptionId, resourceGroup, serverName }: ServerPath): string {
  return `${resourceGroupId(subscriptionId, resourceGroup)}/providers/${SERVER_TYPE}/${encodeURIComponent(serverName)}`;
}

/** ARM id of a server registered with this installation. */
export function localServerResourceId(serverName: string): string {
  return serverResourceId({
    subscriptionId: LOCAL_SUBSCRIPTION_ID,
    resourceGroup: LOCAL_RESOURCE_GROUP,
    serverName,
  });
}

/** ARM id of a migration below the server with the ARM id `serverId`. */
export function migrationResourceId(serverId: string, migrationName: string): string {
  return `${serverId}/migrations/${encodeURIComponent(migrationName)}`;
}

/** ARM id of a verification of the migration with the ARM id `migrationId`; Howdah's own. */
export function verificationResourceId(migrationId: string, verificationId: string): string {
  return `${migrationId}/verifications/${encodeURIComponent(verificationId)}`;
}
