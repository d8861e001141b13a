import type { AccessToken } from "@/lib/generated/prisma/client";
import { ROLES, type Role, type SessionInfo } from "@/lib/migrations/access";

/** Who asks. */
export interface Actor {
  /** Row of the session or API token; null for somebody not signed in. */
  tokenId: string | null;
  name: string;
  role: Role;
  /** A browser sends its cookie on requests of other sites' making too, a bearer token only on purpose. */
  via: "cookie" | "bearer" | "nothing";
  expiresAt: Date | null;
}

/** Somebody not signed in; may use open endpoints only. */
export const ANONYMOUS: Actor = {
  tokenId: null,
  name: "anonymous",
  role: "viewer",
  via: "nothing",
  expiresAt: null,
};

/** The actor behind a valid session or API token. */
export function actorOf(token: AccessToken, via: "cookie" | "bearer"): Actor {
  // A role this version does not know gets the least rights.
  const role = ROLES.find((known) => known === token.role) ?? "viewer";
  return { tokenId: token.id, name: token.name, role, via, expiresAt: token.expiresAt };
}

/** What GET /api/session tells of an actor. */
export function sessionInfo(actor: Pick<Actor, "name" | "role" | "expiresAt">): SessionInfo {
  return { name: actor.name, role: actor.role, expiresAt: actor.expiresAt?.toISOString() ?? null };
}
