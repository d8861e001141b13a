import type { AzureServerView } from "@/lib/migrations/azure-contract";
import type { RegisteredServer } from "@/lib/migrations/server-contract";
import { EMPTY_SERVER, type NewServerForm } from "../new-server-form";

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
