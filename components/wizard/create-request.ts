import {
  formatSourceAddress,
  type MigrationCreateInput,
  type OnlineOptions,
} from "@/lib/migrations/contract";
import { localServerResourceId, migrationResourceId } from "@/lib/migrations/resource-paths";
import type { RegisteredServer, ServerPutInput } from "@/lib/migrations/server-contract";
import type { Runner } from "@/lib/migrations/vocabulary";
import { activeSelections } from "./selections";
import { asArmProperties, NEW_SERVER, type WizardForm } from "./wizard-form";

/** What starting a migration sends: the server when it is new, then the migration. */
export interface CreateRequest {
  server: { resourceId: string; body: ServerPutInput } | null;
  resourceId: string;
  body: MigrationCreateInput;
}

/** The requests a filled form stands for. `servers` are the registered ones. */
export function createRequest(form: WizardForm, servers: readonly RegisteredServer[]): CreateRequest {
  const serverId = targetResourceId(form) ?? "";
  const { host, port, user } = form.source;
  const properties = asArmProperties(form);
  const { sourceCaCertificate, databases, vacuum, verifyAtEnd } = form.body.properties.howdah;
  const selections = activeSelections(databases, properties.dbsToMigrate ?? []);
  const targetCaCertificate = targetServer(form, servers)?.caCertificate ?? "";
  const byAzure = runnerOf(form, servers) === "azure";
  const howdah = {
    ...(byAzure ? { runBy: "azure" as const } : {}),
    ...(vacuum && !byAzure && properties.migrationOption !== "Validate" ? { vacuum } : {}),
    ...(verifyAtEnd && !byAzure && properties.migrationOption !== "Validate" ? { verifyAtEnd } : {}),
    ...(tunesTarget(form, servers) ? { tuneTarget: true } : {}),
    ...(properties.migrationMode === "Online" && !byAzure ? { online: onlineOptions(form) } : {}),
    ...(selections.length > 0 ? { databases: selections } : {}),
    ...(verifies(form.body.properties.sslMode) && sourceCaCertificate ? { sourceCaCertificate } : {}),
    ...(targetCaCertificate ? { targetCaCertificate } : {}),
  };
  return {
    server: form.target.choice === NEW_SERVER ? { resourceId: serverId, body: serverBody(form) } : null,
    resourceId: migrationResourceId(serverId, form.name),
    body: {
      location: form.body.location,
      properties: {
        ...properties,
        sourceDbServerResourceId: formatSourceAddress({ host: host.trim(), port: Number(port), user }),
        howdah,
      },
    },
  };
}

/** Who is to move the data: Azure's service can only for a server that was found in Azure. */
export function runnerOf(form: WizardForm, servers: readonly RegisteredServer[]): Runner {
  const server = servers.find(({ resourceId }) => resourceId === form.target.choice);
  return server?.azureResourceId ? form.body.properties.howdah.runBy : "howdah";
}

/** Whether the target's parameters are set for the time of the migration: only Howdah does so, and only for a server found in Azure. */
export function tunesTarget(form: WizardForm, servers: readonly RegisteredServer[]): boolean {
  const { migrationOption, howdah } = form.body.properties;
  const server = servers.find(({ resourceId }) => resourceId === form.target.choice);
  return (
    howdah.tuneTarget &&
    Boolean(server?.azureResourceId) &&
    howdah.runBy === "howdah" &&
    migrationOption !== "Validate"
  );
}

/** What is left empty is left to Howdah. */
function onlineOptions({ online }: WizardForm): OnlineOptions {
  const { plugin, onDivergence, walLimitGigabytes } = online;
  const limit = walLimitGigabytes.trim();
  return {
    ...(plugin === "" ? {} : { plugin }),
    onDivergence,
    ...(limit === "" ? {} : { walLimitMegabytes: Number(limit) * 1_000 }),
  };
}

/** Where a target server listens and how to speak to it. */
export interface TargetServer {
  name: string;
  host: string;
  port: number;
  sslMode: RegisteredServer["sslMode"];
  caCertificate: string | null;
}

/** The chosen target: the registered server, or the new one as far as it is filled in; null while none is chosen. */
export function targetServer(form: WizardForm, servers: readonly RegisteredServer[]): TargetServer | null {
  const { choice, name, host, port, sslMode, caCertificate } = form.target;
  if (choice === NEW_SERVER) {
    return {
      name,
      host: host.trim(),
      port: Number(port),
      sslMode,
      caCertificate: verifies(sslMode) && caCertificate.trim() ? caCertificate : null,
    };
  }
  return servers.find((server) => server.resourceId === choice) ?? null;
}

/** ARM id of the chosen target server, registered or about to be; null while none is chosen. */
export function targetResourceId(form: WizardForm): string | null {
  if (form.target.choice === NEW_SERVER) return localServerResourceId(form.target.name);
  return form.target.choice || null;
}

/** True for the modes that check the server's certificate. */
export function verifies(sslMode: string): boolean {
  return sslMode === "VerifyCA" || sslMode === "VerifyFull";
}

function serverBody(form: WizardForm): ServerPutInput {
  const { host, port, sslMode, caCertificate } = form.target;
  const { adminCredentials, targetServerUsername } = form.body.properties.secretParameters;
  return {
    location: form.body.location,
    properties: {
      fullyQualifiedDomainName: host,
      administratorLogin: targetServerUsername,
      administratorLoginPassword: adminCredentials.targetServerPassword,
      howdah: {
        port: Number(port),
        sslMode,
        ...(verifies(sslMode) && caCertificate.trim() ? { caCertificate } : {}),
      },
    },
  };
}
