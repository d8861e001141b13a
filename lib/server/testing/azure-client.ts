import { PostgreSQLManagementFlexibleServerClient } from "@azure/arm-postgresql-flexible";
import { LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";

/** The name of the policy that refuses to send a bearer token over plain HTTP. */
const TLS_ONLY_POLICY = "bearerTokenAuthenticationPolicy";

/** Azure's own client against a Howdah at `baseUrl`, with one of Howdah's API tokens; plain HTTP is allowed. */
export function azureClient(
  baseUrl: string,
  apiToken: string,
  subscriptionId = LOCAL_SUBSCRIPTION_ID,
): PostgreSQLManagementFlexibleServerClient {
  const credential = {
    getToken: async () => ({ token: apiToken, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = new PostgreSQLManagementFlexibleServerClient(credential, subscriptionId, {
    endpoint: baseUrl,
    $host: baseUrl,
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
  client.pipeline.removePolicy({ name: TLS_ONLY_POLICY });
  client.pipeline.addPolicy({
    name: "howdahBearerToken",
    sendRequest(request, next) {
      request.headers.set("authorization", `Bearer ${apiToken}`);
      return next(request);
    },
  });
  return client;
}

/** Azure's own client exactly as it comes, against a Howdah that serves https with a certificate that `ca` (PEM) vouches for. */
export function azureTlsClient(
  baseUrl: string,
  apiToken: string,
  ca: string,
): PostgreSQLManagementFlexibleServerClient {
  const credential = {
    getToken: async () => ({ token: apiToken, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  return new PostgreSQLManagementFlexibleServerClient(credential, LOCAL_SUBSCRIPTION_ID, {
    endpoint: baseUrl,
    $host: baseUrl,
    tlsOptions: { ca },
  });
}
