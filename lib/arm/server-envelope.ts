import { SERVER_TYPE, serverResourceId } from "@/lib/migrations/resource-paths";
import { SSL_MODES } from "@/lib/migrations/vocabulary";
import { oneOf, tagsOf } from "./json-values";
import type { ServerResource } from "./resource-schemas";

/** What is known of a registered server; a row of the store fits. */
export interface ServerRecord {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  location: string;
  tags: unknown;
  host: string;
  port: number;
  sslMode: string;
  caCertificate: string | null;
  administratorLogin: string;
  azureResourceId?: string | null;
  version: string | null;
  storageBytes: bigint | null;
  checkedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

const GIB = 2 ** 30;

/** The server as ARM's flexibleServers resource. Its size is that of its databases, the only one a client can see. */
export function serverEnvelope(server: ServerRecord): ServerResource {
  const storageBytes = server.storageBytes === null ? null : Number(server.storageBytes);
  return {
    id: serverResourceId({ ...server, serverName: server.name }),
    name: server.name,
    type: SERVER_TYPE,
    location: server.location,
    ...tagsOf(server.tags),
    properties: {
      administratorLogin: server.administratorLogin,
      fullyQualifiedDomainName: server.host,
      ...versionParts(server.version),
      state: "Ready",
      ...(storageBytes === null
        ? {}
        : { storage: { storageSizeGB: Math.max(1, Math.ceil(storageBytes / GIB)) } }),
      howdah: {
        port: server.port,
        sslMode: oneOf(SSL_MODES, server.sslMode, "Prefer"),
        ...(server.caCertificate === null ? {} : { caCertificate: server.caCertificate }),
        ...(server.azureResourceId ? { azureResourceId: server.azureResourceId } : {}),
        ...(storageBytes === null ? {} : { databasesBytes: storageBytes }),
        ...(server.checkedAt === null ? {} : { checkedAt: server.checkedAt.toISOString() }),
      },
    },
    systemData: {
      createdAt: server.createdAt.toISOString(),
      lastModifiedAt: server.updatedAt.toISOString(),
    },
  };
}

/** "17.10" is version 17, minor version 10; before PostgreSQL 10 the first two numbers are the version. */
function versionParts(text: string | null): { version?: string; minorVersion?: string } {
  if (text === null) return {};
  const parts = text.split(".");
  const majorParts = Number(parts[0]) >= 10 ? 1 : 2;
  const minorVersion = parts.slice(majorParts).join(".");
  return { version: parts.slice(0, majorParts).join("."), ...(minorVersion ? { minorVersion } : {}) };
}
