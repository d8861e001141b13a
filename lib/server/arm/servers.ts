import { z } from "zod";
import { ArmError, resourceNotFound } from "@/lib/arm/arm-error";
import { serverKey } from "@/lib/arm/resource-id";
import { listOf, serverResource } from "@/lib/arm/resource-schemas";
import { serverEnvelope } from "@/lib/arm/server-envelope";
import type { Server } from "@/lib/generated/prisma/client";
import { SERVER_TYPE, type ServerPath } from "@/lib/migrations/resource-paths";
import { type ServerPutBody, serverName, serverPutBody } from "@/lib/migrations/server-contract";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { deleteServer, findServer, listServers, saveServer } from "@/lib/store/servers";
import { type Endpoint, endpoint } from "../endpoint";
import { demandAllowedHost } from "../network-policy";
import { demandPreconditions, etagOf } from "../preconditions";
import { testConnection } from "../test-connection";
import { PAGE_QUERY, pageOf } from "./paging";

/** The registered server a path names. Throws ArmError ResourceNotFound. */
export async function serverOf(path: ServerPath): Promise<Server> {
  const server = await findServer(serverKey(path));
  if (!server) throw resourceNotFound(SERVER_TYPE, path.serverName, path.resourceGroup);
  return server;
}

/** A server as it goes out, with its ETag. */
function serverReply(server: Server) {
  return { body: serverEnvelope(server), headers: { etag: serverEtag(server) } };
}

function serverEtag({ id, updatedAt }: Server): string {
  return etagOf(`${id}.${updatedAt.getTime()}`);
}

/** GET .../flexibleServers, of a subscription or of one of its resource groups */
export function listServersOf(scope: { subscriptionId: string; resourceGroup?: string }): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/read`,
    access: "viewer",
    summary: "Lists the registered target servers by name.",
    query: z.object(PAGE_QUERY),
    output: listOf(serverResource),
    async handle({ query, ...call }) {
      const { rows, ...rest } = await pageOf(
        { call, query, position: z.string() },
        (after, limit) => listServers(scope, { after, limit }),
        ({ key }) => key,
      );
      return { body: { value: rows.map(serverEnvelope), ...rest } };
    },
  });
}

/** GET .../flexibleServers/{name} */
export function getServer(path: ServerPath): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/read`,
    access: "viewer",
    summary: "Reads a registered target server.",
    output: serverResource,
    async handle() {
      return serverReply(await serverOf(path));
    },
  });
}

/** Fields of the resource that only answers set, so that an answer can be sent back. */
const SERVER_READ_ONLY = [
  "id",
  "name",
  "type",
  "systemData",
  "sku",
  "properties.version",
  "properties.minorVersion",
  "properties.state",
  "properties.storage",
  "properties.howdah.databasesBytes",
  "properties.howdah.checkedAt",
];

/** PUT .../flexibleServers/{name}: registers a server. With a password it must be reachable; version and size are read. */
export function putServer(path: ServerPath): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/write`,
    access: "operator",
    summary: "Registers a target server, or changes its registration.",
    statuses: [200, 201],
    body: serverPutBody,
    readOnly: SERVER_READ_ONLY,
    output: serverResource,
    async handle({ body, request }) {
      const name = serverName.safeParse(path.serverName);
      if (!name.success) throw invalidName(name.error.issues[0]?.message ?? "");
      const { fullyQualifiedDomainName: host } = body.properties;
      await demandAllowedHost(host, "properties.fullyQualifiedDomainName");
      const facts = await readFacts(body, request.signal);
      const registration = {
        subscriptionId: LOCAL_SUBSCRIPTION_ID,
        resourceGroup: LOCAL_RESOURCE_GROUP,
        key: serverKey(path),
        name: path.serverName,
        location: body.location,
        tags: body.tags ?? {},
        host,
        port: body.properties.howdah.port,
        sslMode: body.properties.howdah.sslMode,
        caCertificate: body.properties.howdah.caCertificate ?? null,
        administratorLogin: body.properties.administratorLogin,
        azureResourceId: body.properties.howdah.azureResourceId ?? null,
        ...facts,
      };
      const { server, created } = await saveServer(registration, (existing) =>
        demandPreconditions(request, existing && serverEtag(existing)),
      );
      return { status: created ? 201 : 200, ...serverReply(server) };
    },
  });
}

/** DELETE .../flexibleServers/{name}: forgets the registration; the server itself is not touched. */
export function removeServer(path: ServerPath): Endpoint {
  return endpoint({
    action: `${SERVER_TYPE}/delete`,
    access: "operator",
    summary: "Forgets a registered server; the server itself is not touched.",
    statuses: [200, 204],
    async handle({ request }) {
      const existing = await findServer(serverKey(path));
      demandPreconditions(request, existing && serverEtag(existing));
      return { status: (await deleteServer(serverKey(path))) ? 200 : 204 };
    },
  });
}

interface ServerFacts {
  version: string;
  storageBytes: bigint;
  checkedAt: Date;
}

async function readFacts(
  { properties }: ServerPutBody,
  signal: AbortSignal,
): Promise<ServerFacts | Record<string, never>> {
  const { administratorLoginPassword: password, howdah } = properties;
  if (password === undefined) return {};
  const report = await testConnection(
    {
      host: properties.fullyQualifiedDomainName,
      port: howdah.port,
      user: properties.administratorLogin,
      password,
      database: "postgres",
      sslMode: howdah.sslMode,
      ...(howdah.caCertificate ? { caCertificate: howdah.caCertificate } : {}),
    },
    "target",
    signal,
  );
  if (report.inventory) {
    const { version, totalBytes } = report.inventory;
    return { version, storageBytes: BigInt(totalBytes), checkedAt: new Date(report.testedAt) };
  }
  const failed = report.probes.find((probe) => probe.outcome === "failed");
  throw new ArmError(400, failed?.code ?? "ConnectionFailed", failed?.found ?? report.summary, {
    target: "properties.fullyQualifiedDomainName",
    additionalInfo: [
      { type: "HowdahExplanation", info: { cause: failed?.cause ?? "", remedy: failed?.remedy ?? "" } },
    ],
  });
}

function invalidName(message: string): ArmError {
  return new ArmError(400, "InvalidResourceName", message, { target: "serverName" });
}
