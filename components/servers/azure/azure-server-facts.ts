import type { AzureServerView } from "@/lib/migrations/azure-contract";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { EMPTY_SERVER, type NewServerForm } from "../new-server-form";

/** What of a flexible server stands against a migration into it, as the documents of Azure's migration service demand. */
export function hindrances(server: AzureServerView): string[] {
  return [
    ...(server.state !== "" && server.state !== "Ready"
      ? [`The server is ${server.state.toLowerCase()}.`]
      : []),
    ...(server.isReplica ? ["A read replica: it takes no data."] : []),
    ...(server.highAvailability.isOn ? ["High availability is on; switch it off for the migration."] : []),
    ...(server.sku?.tier === "Burstable" ? ["Burstable tier: slow under load."] : []),
    ...(server.isPublic === false ? ["No public access: Howdah must run inside its network."] : []),
  ];
}

/** The dialog's fields for registering it; Azure does not tell passwords. */
export function registrationOf(
  server: AzureServerView,
  registered: readonly RegisteredServer[],
): NewServerForm {
  const names = new Set(registered.map(({ name }) => name.toLowerCase()));
  const free = names.has(server.serverName.toLowerCase())
    ? `${server.serverName}-${server.resourceGroup}`.slice(0, 63)
    : server.serverName;
  return {
    ...EMPTY_SERVER,
    name: free,
    host: server.host,
    login: server.administratorLogin,
    azureResourceId: server.id,
  };
}
