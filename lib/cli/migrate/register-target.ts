import { serverKey } from "@/lib/arm/resource-id";
import type { Server } from "@/lib/generated/prisma/client";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { listServers, saveServer } from "@/lib/store/servers";
import type { ServerAddress } from "./connection-uri";

/** The registered server at this address, or a new registration named after it. */
export async function registerTarget(target: ServerAddress): Promise<Server> {
  const registered = await listServers({ subscriptionId: LOCAL_SUBSCRIPTION_ID });
  const known = registered.find(({ host, port }) => host === target.host && port === target.port);
  if (known) return known;
  const name = serverNameFor(target);
  const { server } = await saveServer({
    subscriptionId: LOCAL_SUBSCRIPTION_ID,
    resourceGroup: LOCAL_RESOURCE_GROUP,
    key: serverKey({
      subscriptionId: LOCAL_SUBSCRIPTION_ID,
      resourceGroup: LOCAL_RESOURCE_GROUP,
      serverName: name,
    }),
    name,
    host: target.host,
    port: target.port,
    sslMode: target.sslMode,
    caCertificate: target.caCertificate,
    administratorLogin: target.user,
  });
  return server;
}

const LONGEST = 63;

/** A resource name for the address: letters, digits and single hyphens, at most 63 characters. */
export function serverNameFor({ host, port }: Pick<ServerAddress, "host" | "port">): string {
  const tail = `-${port}`;
  const words = host.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return `${(words.join("-") || "server").slice(0, LONGEST - tail.length).replace(/-+$/, "")}${tail}`;
}
