import "server-only";
import { getIronSession } from "iron-session";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { findAccessToken } from "@/lib/store/access-tokens";
import { type Actor, actorOf } from "./actor";
import { type SessionCookie, sessionOptions } from "./session-cookie";

/** Who is signed in, for pages; redirects to /sign-in when nobody is. Asked once a request. */
export async function requireSession(): Promise<Actor> {
  return (await readSession()) ?? redirect("/sign-in");
}

/** Who is signed in, or null. */
export const readSession = cache(async (): Promise<Actor | null> => {
  const session = await getIronSession<SessionCookie>(await cookies(), sessionOptions(false));
  const token = session.secret ? await findAccessToken("session", session.secret) : null;
  return token ? actorOf(token, "cookie") : null;
});
