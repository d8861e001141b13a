import { getIronSession, webCookies } from "iron-session";
import { ArmError } from "@/lib/arm/arm-error";
import { type Role, roleCovers } from "@/lib/migrations/access";
import { findAccessToken, findExpiry } from "@/lib/store/access-tokens";
import { type Actor, actorOf } from "./actor";
import { type Call, isMutating } from "./call";
import { allowedHosts, isSameOrigin } from "./host-check";
import { cameByHttps, type SessionCookie, sessionOptions } from "./session-cookie";

/**
 * Who sent the call: by bearer token when there is an Authorization header, else by session cookie. Throws ArmError 401,
 * or 403 when a cookie comes with a change that another site asked for.
 */
export async function authenticate(call: Call): Promise<Actor> {
  const authorization = call.request.headers.get("authorization");
  if (authorization !== null) return await byBearer(authorization);
  const actor = await byCookie(call);
  if (isMutating(call)) demandSameOrigin(call);
  return actor;
}

/** Throws ArmError 403 unless the page that sent the call is one of Howdah's own. */
export function demandSameOrigin({ request }: Call): void {
  const { headers } = request;
  if (isSameOrigin(headers.get("origin"), headers.get("host"), allowedHosts())) return;
  throw new ArmError(
    403,
    "CrossOriginRequest",
    "A signed-in browser may change things from Howdah's own pages only. Other clients send a bearer token.",
    { target: "Origin" },
  );
}

/** Throws ArmError 403 unless the actor's role includes `least`. */
export function demandRole(actor: Actor, least: Role, action: string, scope: string): void {
  if (roleCovers(actor.role, least)) return;
  throw new ArmError(
    403,
    "AuthorizationFailed",
    `The client '${actor.name}' with role '${actor.role}' does not have authorization to perform action '${action}' over scope '${scope}'. It takes the role '${least}'.`,
  );
}

async function byBearer(authorization: string): Promise<Actor> {
  const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const token = secret ? await findAccessToken("api", secret) : null;
  if (token) return actorOf(token, "bearer");
  const expiredAt = secret ? await findExpiry("api", secret) : null;
  if (expiredAt) {
    throw unauthorized(
      "ExpiredAuthenticationToken",
      `The access token expiry UTC time '${expiredAt.toISOString()}' is earlier than current UTC time '${new Date().toISOString()}'.`,
      NEW_TOKEN,
      "invalid_token",
    );
  }
  throw unauthorized(
    "InvalidAuthenticationToken",
    "The access token is invalid, expired or revoked.",
    NEW_TOKEN,
    "invalid_token",
  );
}

async function byCookie({ request, url }: Call): Promise<Actor> {
  const jar = webCookies(request, new Headers());
  const options = sessionOptions(cameByHttps(url, request.headers));
  const { secret } = await getIronSession<SessionCookie>(jar, options);
  const token = secret ? await findAccessToken("session", secret) : null;
  if (token) return actorOf(token, "cookie");
  throw unauthorized(
    "AuthenticationFailed",
    secret
      ? "Authentication failed. The session has ended: sign in again."
      : "Authentication failed. The 'Authorization' header is missing.",
    secret ? NEW_SESSION : `${NEW_TOKEN} ${NEW_SESSION}`,
  );
}

const NEW_TOKEN =
  "On Howdah's machine `howdah token create --role operator` prints a token; send it as `Authorization: Bearer <token>`.";
const NEW_SESSION = "A browser signs in by the link that `howdah sign-in` prints there.";

/** `reason` as in https://www.rfc-editor.org/rfc/rfc6750#section-3 when a token was sent. */
function unauthorized(code: string, message: string, remedy: string, reason?: "invalid_token"): ArmError {
  const challenge = 'Bearer realm="howdah"';
  return new ArmError(401, code, message, {
    headers: {
      "www-authenticate": reason
        ? `${challenge}, error="${reason}", error_description="${message}"`
        : challenge,
    },
    additionalInfo: [{ type: "HowdahExplanation", info: { cause: message, remedy } }],
  });
}
