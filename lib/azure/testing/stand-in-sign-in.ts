import type { Answer } from "./stand-in-arm";

/** The one principal that may sign in. */
export const PRINCIPAL = {
  tenantId: "33333333-3333-3333-3333-333333333333",
  clientId: "44444444-4444-4444-4444-444444444444",
  clientSecret: "a-secret",
};

const HEADERS = { "Content-Type": "application/json; charset=utf-8" };

/** The two requests of the client credentials flow (OpenID discovery, token), as Microsoft's sign-in answers them. */
export function answerSignIn(path: string, form: string, origin: string): Answer | null {
  const authority = `${origin}/${PRINCIPAL.tenantId}`;
  if (path.endsWith("/.well-known/openid-configuration"))
    return {
      status: 200,
      headers: HEADERS,
      body: {
        issuer: `${authority}/v2.0`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      },
    };
  if (!path.endsWith("/oauth2/v2.0/token")) return null;
  const sent = new URLSearchParams(form);
  if (sent.get("client_secret") === PRINCIPAL.clientSecret)
    return {
      status: 200,
      headers: HEADERS,
      body: { token_type: "Bearer", expires_in: 3599, access_token: "stand-in-token" },
    };
  return {
    status: 401,
    headers: HEADERS,
    body: {
      error: "invalid_client",
      error_description: `AADSTS7000215: Invalid client secret provided for app '${PRINCIPAL.clientId}'.`,
    },
  };
}
