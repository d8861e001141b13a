import { listReplicas, readAzureServer } from "@/lib/azure/azure-server";
import { parseAzureServerId } from "@/lib/azure/server-id";
import type { AzureServerDetails } from "@/lib/migrations/azure-contract";
import { metadataOfAzure, parseServerMetadata } from "@/lib/migrations/server-metadata";
import { sourceEndpoint } from "@/lib/migrations/source-endpoint";
import { toCodedError } from "@/lib/postgres/errors";
import type { ServerFacts } from "@/lib/postgres/probes/catalog-queries";
import type { LoadedMigration, Run } from "@/lib/store/run";
import { findAzureIdAt, writeServerMetadata } from "@/lib/store/server-metadata";
import type { AzureFacts } from "@/lib/validation/azure-facts";
import { propertiesOf } from "../endpoints";
import { openAccount } from "./open-account";

/** Checks do not wait longer for Azure: what it does not tell by then is reported as not checked. */
const LIMIT_MS = 20_000;

/** What Azure tells of both servers of a migration. */
export interface KnownServers {
  /** Absent when the server was not found in Azure. */
  source?: AzureFacts;
  target?: AzureFacts;
}

/** Asks Azure for those of the two servers that were found there. Throws the signal's reason alone. */
export async function askAzure(migration: LoadedMigration, signal: AbortSignal): Promise<KnownServers> {
  const address = sourceEndpoint(propertiesOf(migration));
  const sourceId = address === null ? null : await findAzureIdAt(address);
  const targetId = migration.server.azureResourceId;
  const [source, target] = await Promise.all([
    sourceId === null ? undefined : factsOf(sourceId, signal),
    targetId === null ? undefined : factsOf(targetId, signal),
  ]);
  return { ...(source ? { source } : {}), ...(target ? { target } : {}) };
}

async function factsOf(azureResourceId: string, signal: AbortSignal): Promise<AzureFacts> {
  try {
    return { server: await readDetails(azureResourceId, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const { message, remedy } = toCodedError(error, "AZURE_UNREACHABLE", azureResourceId);
    return { server: null, because: message, remedy };
  }
}

async function readDetails(azureResourceId: string, signal: AbortSignal): Promise<AzureServerDetails> {
  const id = parseAzureServerId(azureResourceId);
  if (!id) throw new TypeError(`not the id of a flexible server: ${azureResourceId}`);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const account = await openAccount();
  const [server, replicas] = await Promise.all([
    readAzureServer(account, id, limited),
    listReplicas(account, id, limited),
  ]);
  return { ...server, replicas };
}

/** Keeps what was learned of both servers, for the API to tell; what was known before and is not told now stays. Throws StaleRunError. */
export async function noteServers(
  run: Run,
  migration: LoadedMigration,
  { azure, source }: { azure: KnownServers; source: ServerFacts | null },
): Promise<void> {
  const of = (facts: AzureFacts | undefined) => (facts?.server ? metadataOfAzure(facts.server) : {});
  await writeServerMetadata(run, {
    source: {
      ...parseServerMetadata(migration.sourceMetadata),
      ...of(azure.source),
      ...(source ? { version: source.version } : {}),
    },
    target: { ...parseServerMetadata(migration.targetMetadata), ...of(azure.target) },
  });
}
