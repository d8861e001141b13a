import { hkdfSync } from "node:crypto";
import type { SessionOptions } from "iron-session";
import { SESSION_MS } from "@/lib/store/access-tokens";
import { secretKey } from "@/lib/store/secret-key";

export const SESSION_COOKIE = "howdah_session";

/** What the sealed cookie holds; who that is and whether it still counts stands in the store. */
export interface SessionCookie {
  secret: string;
}

/** How the session cookie is sealed and sent; `secure` when the browser came by https. */
export function sessionOptions(secure: boolean): SessionOptions {
  return {
    cookieName: SESSION_COOKIE,
    password: cookiePassword(),
    ttl: SESSION_MS / 1000,
    cookieOptions: { httpOnly: true, sameSite: "strict", secure, path: "/" },
  };
}

/** A key of its own, so that no cookie is ever sealed with the key of the passwords. */
function cookiePassword(): string {
  const key = hkdfSync("sha256", secretKey(), new Uint8Array(), "howdah session cookie", 32);
  return Buffer.from(key).toString("base64");
}

/** True when the browser came by https, possibly to a proxy in front of Howdah. */
export function cameByHttps(url: URL, headers: Headers): boolean {
  const [forwarded = ""] = (headers.get("x-forwarded-proto") ?? "").split(",");
  return url.protocol === "https:" || forwarded.trim() === "https";
}
