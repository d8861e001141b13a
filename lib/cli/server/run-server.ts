import { readFileSync } from "node:fs";
import { z } from "zod";
import type { ClientOptions, ScopeOptions } from "@/lib/cli/commands/shared-options";
import { EXIT } from "@/lib/cli/exit-codes";
import { findPassword, takePasswordVariables } from "@/lib/cli/migrate/find-password";
import { findServerId } from "@/lib/cli/migration/find-server";
import { withServer } from "@/lib/cli/migration/run-migration";
import type { Output } from "@/lib/cli/output";
import { flattenResource } from "@/lib/cli/print/flatten-resource";
import { printResult } from "@/lib/cli/print/result-format";
import { factLines, textTable } from "@/lib/cli/text-table";
import { UsageError } from "@/lib/cli/usage-error";
import { localServerResourceId, resourceGroupId, SERVER_TYPE } from "@/lib/migrations/resource-paths";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID, type SslMode } from "@/lib/migrations/vocabulary";

export interface AddServerOptions extends ClientOptions {
  host: string;
  port: number;
  user: string;
  sslMode: SslMode;
  serverCaFile?: string;
  /** False for --no-check. */
  check: boolean;
}

const serverForm = z.looseObject({
  name: z.string(),
  id: z.string(),
  properties: z.looseObject({
    fullyQualifiedDomainName: z.string(),
    administratorLogin: z.string(),
    version: z.string().optional(),
    minorVersion: z.string().optional(),
    howdah: z.looseObject({ port: z.number(), sslMode: z.string() }),
  }),
});
type ServerForm = z.infer<typeof serverForm>;

/** `howdah server add`: registers a target server; the password is used once, to look whether it can be reached. */
export function addServer(name: string, options: AddServerOptions, output: Output): Promise<number> {
  const variables = takePasswordVariables(process.env);
  const { host, port, user, sslMode } = options;
  const certificate = options.serverCaFile === undefined ? null : readCertificate(options.serverCaFile);
  return withServer(options, output, async (client) => {
    const address = { host, port, user, password: null, database: null, sslMode, caCertificate: certificate };
    const password = options.check ? await findPassword("target", address, variables) : null;
    const server = await client.arm("PUT", localServerResourceId(name), {
      location: "local",
      properties: {
        fullyQualifiedDomainName: host,
        administratorLogin: user,
        ...(password === null ? {} : { administratorLoginPassword: password }),
        howdah: { port, sslMode, ...(certificate === null ? {} : { caCertificate: certificate }) },
      },
    });
    const { version } = serverForm.parse(server).properties;
    const reached = version === undefined ? "" : `; it runs PostgreSQL ${version}`;
    printResult(flattenResource(server), options, output, () => [`${name} was registered${reached}.`]);
    return EXIT.succeeded;
  });
}

/** `howdah server list` */
export function listServers(options: ClientOptions, output: Output): Promise<number> {
  return withServer(options, output, async (client) => {
    const scope = resourceGroupId(LOCAL_SUBSCRIPTION_ID, LOCAL_RESOURCE_GROUP);
    const servers = await client.armList(`${scope}/providers/${SERVER_TYPE}`);
    printResult(servers.map(flattenResource), options, output, () => describe(servers));
    return EXIT.succeeded;
  });
}

function describe(servers: readonly unknown[]): string[] {
  if (servers.length === 0) return ["There are no target servers; `howdah server add` registers one."];
  return textTable(z.array(serverForm).parse(servers), [
    { heading: "Name", text: ({ name }) => name },
    { heading: "Address", text: addressOf },
    { heading: "Login", text: ({ properties }) => properties.administratorLogin },
    { heading: "Version", text: versionOf },
    { heading: "SSL mode", text: ({ properties }) => properties.howdah.sslMode },
  ]);
}

/** `howdah server show` */
export function showServer(
  name: string,
  options: ClientOptions & ScopeOptions,
  output: Output,
): Promise<number> {
  return withServer(options, output, async (client) => {
    const server = await client.arm("GET", await findServerId(client, name, options, output));
    printResult(flattenResource(server), options, output, () => {
      const form = serverForm.parse(server);
      return factLines([
        ["Name", form.name],
        ["Resource id", form.id],
        ["Address", addressOf(form)],
        ["Login", form.properties.administratorLogin],
        ["Version", versionOf(form)],
        ["SSL mode", form.properties.howdah.sslMode],
      ]);
    });
    return EXIT.succeeded;
  });
}

function addressOf({ properties }: ServerForm): string {
  return `${properties.fullyQualifiedDomainName}:${properties.howdah.port}`;
}

function versionOf({ properties: { version, minorVersion } }: ServerForm): string {
  return version === undefined ? "not known" : [version, minorVersion].filter(Boolean).join(".");
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError("--server-ca-file: the file cannot be read.");
  }
}
