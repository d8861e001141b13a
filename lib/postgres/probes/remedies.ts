import type { CodedError } from "@/lib/util/coded-error";
import { hbaLine } from "@/lib/util/hba-line";
import type { ConnectionSettings } from "../connection-settings";

/** Where a managed service keeps its list of admitted addresses, by the suffix of its host names. */
const FIREWALLS: readonly [suffix: string, where: string][] = [
  [".rds.amazonaws.com", "an inbound rule of the instance's security group"],
  [".postgres.database.azure.com", "a firewall rule on the server's Networking page"],
  [".supabase.co", "the project's network restrictions"],
  [".supabase.com", "the project's network restrictions"],
  [".db.ondigitalocean.com", "the cluster's trusted sources"],
  [".aliyuncs.com", "the instance's whitelist"],
];

/** The remedy for a failed probe, as exact as host, user and the server's words allow. */
export function remedyFor(error: CodedError, settings: ConnectionSettings): string {
  const firewall = FIREWALLS.find(([suffix]) => settings.host.toLowerCase().endsWith(suffix))?.[1];
  if (error.code === "CONNECTION_TIMED_OUT" && firewall) {
    return `Allow this machine's address on port ${settings.port} in ${firewall}, and check that the server is publicly reachable or that a private route exists.`;
  }
  if (error.code === "NO_PG_HBA_ENTRY") {
    if (firewall)
      return `Allow this machine's address in ${firewall}; if the message says "no encryption", choose SSL mode Require.`;
    const address = /host "([^"]+)"/.exec(error.message)?.[1] ?? null;
    return `Add to pg_hba.conf: ${hbaLine(settings.user, address)} — then run: select pg_reload_conf();`;
  }
  return error.remedy;
}
