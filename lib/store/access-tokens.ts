import { createHash, randomBytes } from "node:crypto";
import type { AccessToken } from "@/lib/generated/prisma/client";
import type { Role } from "@/lib/migrations/access";
import { store } from "./client";

/** A sign-in link is read off a terminal within the hour, or another one is made. */
const SIGN_IN_MS = 3600 * 1000;
/** Migrations take days; nobody should be signed out over a weekend's copy. */
export const SESSION_MS = 7 * 24 * 3600 * 1000;

/** 256 random bits: guessing is hopeless and a plain hash at rest is enough. */
const TOKEN_BYTES = 32;

export interface NewToken {
  /** Whom the token stands for, as the audit log names them. */
  name: string;
  role: Role;
}

/** Makes a one-time sign-in token, valid for an hour; returned once, stored only as a hash. */
export function createSignInToken({ name, role }: NewToken): Promise<string> {
  return create("sign-in", "hsi_", name, role, new Date(Date.now() + SIGN_IN_MS));
}

/** Makes a bearer token for API clients; without `expiresAt` it lasts until it is revoked. */
export function createApiToken({ name, role, expiresAt }: NewToken & { expiresAt?: Date }): Promise<string> {
  return create("api", "hat_", name, role, expiresAt ?? null);
}

/** What a browser keeps in its cookie, and when it ends. */
export interface NewSession {
  secret: string;
  session: AccessToken & { expiresAt: Date };
}

/** Exchanges a sign-in token for a session; null when it is unknown, expired or used. Of two who try at once one succeeds. */
export async function redeemSignInToken(token: string): Promise<NewSession | null> {
  const now = new Date();
  const hash = hashOf(token);
  const { count } = await store().accessToken.updateMany({
    where: { hash, kind: "sign-in", usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  });
  if (count === 0) return null;
  const { name, role } = await store().accessToken.findUniqueOrThrow({ where: { hash } });
  const secret = randomBytes(TOKEN_BYTES).toString("base64url");
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  const session = await store().accessToken.create({
    data: { kind: "session", hash: hashOf(secret), name, role, expiresAt },
  });
  return { secret, session: { ...session, expiresAt } };
}

/** The valid session or API token behind `secret`; null when there is none. */
export async function findAccessToken(kind: "session" | "api", secret: string): Promise<AccessToken | null> {
  return await store().accessToken.findFirst({
    where: {
      hash: hashOf(secret),
      kind,
      revokedAt: null,
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
    },
  });
}

/** When the session or API token behind `secret` expired; null when it did not, or there is none. */
export async function findExpiry(kind: "session" | "api", secret: string): Promise<Date | null> {
  const token = await store().accessToken.findFirst({
    where: { hash: hashOf(secret), kind, revokedAt: null, expiresAt: { lte: new Date() } },
  });
  return token?.expiresAt ?? null;
}

/** Ends a session or API token at once. */
export async function revokeAccessToken(id: string): Promise<void> {
  await store().accessToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
}

/** Removes tokens and sessions that ended more than a day ago. */
export async function forgetEndedTokens(): Promise<void> {
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
  await store().accessToken.deleteMany({
    where: { OR: [{ expiresAt: { lt: yesterday } }, { revokedAt: { lt: yesterday } }] },
  });
}

async function create(
  kind: "sign-in" | "api",
  prefix: string,
  name: string,
  role: Role,
  expiresAt: Date | null,
): Promise<string> {
  const token = prefix + randomBytes(TOKEN_BYTES).toString("base64url");
  await store().accessToken.create({ data: { kind, hash: hashOf(token), name, role, expiresAt } });
  return token;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
