import { getIronSession, webCookies } from "iron-session";
import { z } from "zod";
import { ArmError } from "@/lib/arm/arm-error";
import { ROLES } from "@/lib/migrations/access";
import { forgetEndedTokens, redeemSignInToken, revokeAccessToken } from "@/lib/store/access-tokens";
import { appendAuditEvent } from "@/lib/store/audit-events";
import { sessionInfo } from "../actor";
import type { Call } from "../call";
import { endpoint } from "../endpoint";
import { countUse } from "../rate-limit";
import * as schemas from "../read-schemas";
import { cameByHttps, type SessionCookie, sessionOptions } from "../session-cookie";

/** Nobody guesses 256 bits; the limit keeps failures from filling the audit log. */
const FAILURES = { name: "failed sign-in", most: 20, withinMs: 60_000 };

/** POST /api/session: exchanges the one-time token of a sign-in link for a session cookie. */
export const signIn = endpoint({
  action: "Howdah/session/write",
  access: "open",
  summary: "Exchanges the one-time token of a sign-in link for a session.",
  statuses: [201],
  body: z.object({ token: z.string().min(1).max(200) }),
  output: schemas.session,
  async handle({ body, ...call }) {
    const opened = await redeemSignInToken(body.token);
    if (!opened) return await refuse(call);
    const { secret, session } = opened;
    const role = z.enum(ROLES).parse(session.role);
    await noteSignIn(call, session.name, role, "succeeded");
    await forgetEndedTokens();
    return {
      status: 201,
      body: sessionInfo({ name: session.name, role, expiresAt: session.expiresAt }),
      headers: await cookieHeaders(call, secret),
    };
  },
});

/** GET /api/session: who the caller is. */
export const readSession = endpoint({
  action: "Howdah/session/read",
  access: "viewer",
  summary: "Tells who the caller is.",
  output: schemas.session,
  async handle({ actor }) {
    return { body: sessionInfo(actor) };
  },
});

/** DELETE /api/session: ends the session or API token it is called with. */
export const signOut = endpoint({
  action: "Howdah/session/delete",
  access: "viewer",
  summary: "Ends the session or API token it is called with.",
  statuses: [204],
  async handle({ actor, ...call }) {
    if (actor.tokenId) await revokeAccessToken(actor.tokenId);
    return { status: 204, headers: await cookieHeaders(call, null) };
  },
});

async function refuse(call: Call): Promise<never> {
  countUse(FAILURES, call.address);
  await noteSignIn(call, "anonymous", "none", "refused: SignInTokenInvalid");
  throw new ArmError(
    401,
    "SignInTokenInvalid",
    "This sign-in link was used before, is older than an hour or is not complete. Ask for a new one.",
  );
}

async function noteSignIn(call: Call, actor: string, role: string, outcome: string): Promise<void> {
  await appendAuditEvent({
    actor,
    role,
    outcome,
    action: "Howdah/session/write",
    target: "/api/session",
    address: call.address,
    data: { requestId: call.requestId },
  });
}

/** Set-Cookie of a session with this secret; null ends it. */
async function cookieHeaders(call: Call, secret: string | null): Promise<Record<string, string>> {
  const headers = new Headers();
  const options = sessionOptions(cameByHttps(call.url, call.request.headers));
  const session = await getIronSession<SessionCookie>(webCookies(call.request, headers), options);
  if (secret === null) session.destroy();
  else {
    session.secret = secret;
    await session.save();
  }
  return { "set-cookie": headers.get("set-cookie") ?? "" };
}
