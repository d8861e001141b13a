import type { AzureAccount } from "./azure-account";
import { toAzureError } from "./azure-error";
import type { AzureServerId } from "./server-id";

/** A server parameter as the management endpoint keeps it; only it can change those of a flexible server. */
export interface ServerParameter {
  name: string;
  value: string;
  /** False: a change counts only after a restart. */
  isDynamic: boolean;
  isReadOnly: boolean;
  isPendingRestart: boolean;
  /** True when an administrator has set it; else it is the default. */
  isSet: boolean;
  /** Empty when any value may be given. */
  allowed: string[];
}

/** Reads one parameter. Throws CodedError AZURE_NOT_FOUND when the server has none of that name, and other AZURE_*. */
export async function readParameter(
  account: AzureAccount,
  id: AzureServerId,
  name: string,
  signal: AbortSignal,
): Promise<ServerParameter> {
  const { subscriptionId, resourceGroup, serverName } = id;
  try {
    const answer = await account
      .servers(subscriptionId)
      .configurations.get(resourceGroup, serverName, name, { abortSignal: signal });
    return {
      name,
      value: answer.value ?? "",
      isDynamic: answer.isDynamicConfig ?? false,
      isReadOnly: answer.isReadOnly ?? false,
      isPendingRestart: answer.isConfigPendingRestart ?? false,
      isSet: answer.source === "user-override",
      allowed: answer.allowedValues ? answer.allowedValues.split(",").filter((value) => value !== "") : [],
    };
  } catch (error) {
    throw toAzureError(error, `${serverName}: ${name}`);
  }
}

/**
 * Sets one parameter and waits until the server has taken it; null puts the default back. The parameter as it is then is
 * returned: it may wait for a restart. Throws CodedError AZURE_SERVER_BUSY (transient), AZURE_RIGHT_MISSING and others.
 */
export async function setParameter(
  account: AzureAccount,
  id: AzureServerId,
  change: { name: string; value: string | null },
  signal: AbortSignal,
): Promise<ServerParameter> {
  const { subscriptionId, resourceGroup, serverName } = id;
  const { name, value } = change;
  const { configurations } = account.servers(subscriptionId);
  const parameters = value === null ? { source: "system-default" } : { value, source: "user-override" };
  try {
    await configurations.beginUpdateAndWait(resourceGroup, serverName, name, parameters, {
      abortSignal: signal,
    });
  } catch (error) {
    throw toAzureError(error, `${serverName}: ${name}`);
  }
  return await readParameter(account, id, name, signal);
}

/** Restarts the server and waits until it is back. Throws CodedError AZURE_*. */
export async function restartServer(
  account: AzureAccount,
  id: AzureServerId,
  signal: AbortSignal,
): Promise<void> {
  const { subscriptionId, resourceGroup, serverName } = id;
  try {
    await account
      .servers(subscriptionId)
      .servers.beginRestartAndWait(resourceGroup, serverName, { abortSignal: signal });
  } catch (error) {
    throw toAzureError(error, serverName);
  }
}

/** A list as azure.extensions and shared_preload_libraries have it, with those of `more` that are missing, whatever their case. */
export function withMembers(value: string, more: readonly string[]): string {
  const members = value
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
  const known = new Set(members.map((member) => member.toLowerCase()));
  for (const member of more) {
    if (known.has(member.toLowerCase())) continue;
    known.add(member.toLowerCase());
    members.push(member);
  }
  return members.join(",");
}
