import { readFileSync } from "node:fs";
import { PostgreSQLManagementFlexibleServerClient } from "@azure/arm-postgresql-flexible";
import { SubscriptionClient } from "@azure/arm-resources-subscriptions";
import {
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
  DefaultAzureCredential,
  type TokenCredential,
} from "@azure/identity";
import type { AzurePrincipalBody } from "@/lib/migrations/azure-contract";
import { KEEP_ANSWERS } from "./azure-error";

/** Azure's public cloud; the others have management endpoints of their own (HOWDAH_AZURE_ENDPOINT, AZURE_AUTHORITY_HOST). */
const PUBLIC_ENDPOINT = "https://management.azure.com";

export interface AzureAccountOptions {
  /** null: what DefaultAzureCredential finds, in its order: environment, workload and managed identity, az login. */
  principal: AzurePrincipalBody | null;
  /** Without a slash at the end; default HOWDAH_AZURE_ENDPOINT, else Azure's public cloud. */
  endpoint?: string;
  /** PEM of a certificate authority besides the system's, where a proxy ends TLS; default HOWDAH_AZURE_CA_FILE's. */
  ca?: string;
  /** Where to sign in, without a slash at the end; default AZURE_AUTHORITY_HOST, else that of Azure's public cloud. */
  authorityHost?: string;
}

/** Access to Azure's management endpoint as one identity. Retries and Retry-After are the SDK's. */
export class AzureAccount {
  readonly endpoint: string;
  readonly #credential: TokenCredential;
  readonly #tls: { tlsOptions?: { ca: string } };
  readonly #servers = new Map<string, PostgreSQLManagementFlexibleServerClient>();
  #subscriptions: SubscriptionClient | null = null;

  constructor({ principal, endpoint, ca, authorityHost }: AzureAccountOptions) {
    this.endpoint = (endpoint ?? process.env["HOWDAH_AZURE_ENDPOINT"] ?? PUBLIC_ENDPOINT).replace(/\/+$/, "");
    const trusted = ca ?? authorityFile();
    this.#tls = trusted === null ? {} : { tlsOptions: { ca: trusted } };
    const host = authorityHost ?? process.env["AZURE_AUTHORITY_HOST"];
    this.#credential = credentialOf(principal, {
      ...this.#tls,
      // A host of one's own is not among those Microsoft could confirm, and would be asked about there.
      ...(host ? { authorityHost: host, disableInstanceDiscovery: true } : {}),
    });
  }

  /** Flexible servers and migrations of one subscription. */
  servers(subscriptionId: string): PostgreSQLManagementFlexibleServerClient {
    const known = this.#servers.get(subscriptionId);
    if (known) return known;
    const client = new PostgreSQLManagementFlexibleServerClient(this.#credential, subscriptionId, {
      endpoint: this.endpoint,
      credentialScopes: `${this.endpoint}/.default`,
      ...KEEP_ANSWERS,
      ...this.#tls,
    });
    this.#servers.set(subscriptionId, client);
    return client;
  }

  get subscriptions(): SubscriptionClient {
    this.#subscriptions ??= new SubscriptionClient(this.#credential, {
      endpoint: this.endpoint,
      credentials: { scopes: [`${this.endpoint}/.default`] },
      ...KEEP_ANSWERS,
      ...this.#tls,
    });
    return this.#subscriptions;
  }
}

function authorityFile(): string | null {
  const path = process.env["HOWDAH_AZURE_CA_FILE"];
  return path ? readFileSync(/* turbopackIgnore: true */ path, "utf8") : null;
}

function credentialOf(
  principal: AzurePrincipalBody | null,
  options: ClientSecretCredentialOptions,
): TokenCredential {
  if (!principal) return new DefaultAzureCredential(options);
  const { tenantId, clientId, clientSecret } = principal;
  return new ClientSecretCredential(tenantId, clientId, clientSecret, options);
}
