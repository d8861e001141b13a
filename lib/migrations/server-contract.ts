/**
 * Body of PUT .../flexibleServers/{name} as Howdah understands it, and the registered server as the pages read it. Follows
 * the flexibleServers resource; where the server listens and how to speak to it stands in the extension property "howdah".
 */
import { z } from "zod";
import { caselessEnum, HOST_PATTERN, resourceTags } from "./contract";
import { SSL_MODES, type SslMode } from "./vocabulary";

/** Rule of the flexibleServers resource. */
export const SERVER_NAME_PATTERN = /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/;

export const serverName = z
  .string()
  .min(3, "A server name has at least 3 characters.")
  .max(63, "A server name has at most 63 characters.")
  .regex(SERVER_NAME_PATTERN, "Use letters, digits and single hyphens between them.");

/** A host name or address. */
export const hostName = z
  .string()
  .trim()
  .min(1, "Enter the server's host name or address.")
  .max(255, "A host name has at most 255 characters.")
  .regex(HOST_PATTERN, "Enter a host name or IP address only, without user, port or path.");

export const serverPutBody = z.object({
  location: z.string().max(90).default("local"),
  tags: resourceTags.optional(),
  properties: z.object({
    fullyQualifiedDomainName: hostName,
    administratorLogin: z.string().min(1, "Enter the administrator login.").max(63),
    /** Used once, to read version and size; never stored. */
    administratorLoginPassword: z.string().min(1).max(1000).optional(),
    howdah: z
      .object({
        port: z.int().min(1).max(65_535).default(5432),
        sslMode: caselessEnum(SSL_MODES).default("Prefer"),
        caCertificate: z.string().max(65_536).optional(),
        /** Of the flexible server in Azure this one is. */
        azureResourceId: z.string().max(1024).optional(),
      })
      .prefault({}),
  }),
});
export type ServerPutBody = z.infer<typeof serverPutBody>;
export type ServerPutInput = z.input<typeof serverPutBody>;

/** One registered target server, in GET /api/servers. */
export interface RegisteredServer {
  id: string;
  /** ARM resource id; migrations are created below it, DELETE goes there. */
  resourceId: string;
  name: string;
  resourceGroup: string;
  location: string;
  host: string;
  port: number;
  sslMode: SslMode;
  caCertificate: string | null;
  administratorLogin: string;
  /** Of the flexible server in Azure it is; null for any other server. */
  azureResourceId: string | null;
  /** "17.10"; null until Howdah could log in once. */
  version: string | null;
  storageBytes: number | null;
  /** ISO 8601; when version and size were read. */
  checkedAt: string | null;
  createdAt: string;
  migrationsTotal: number;
  migrationsActive: number;
}

/** GET /api/servers */
export interface ServerList {
  servers: RegisteredServer[];
}
