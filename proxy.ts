import { randomBytes } from "node:crypto";
import { unsealData } from "iron-session";
import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, SECURITY_HEADERS } from "@/lib/server/content-security-policy";
import { allowedHosts, isAllowedHost } from "@/lib/server/host-check";
import { SESSION_COOKIE, type SessionCookie, sessionOptions } from "@/lib/server/session-cookie";

/**
 * Runs before every route: refuses foreign host names, sends people without a session to sign in, and sets the security
 * headers. The API authenticates for itself; pages look into the store again, since a session may have been revoked.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  const response = await answer(request);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}

export const config = { matcher: "/((?!_next/static|_next/image).*)" };

/** Icons and the like, all of them at the top. */
const PUBLIC_FILE = /^\/[\w-]+\.(ico|png|svg|txt|webmanifest)$/;

async function answer(request: NextRequest): Promise<Response> {
  const { pathname } = request.nextUrl;
  if (!isAllowedHost(request.headers.get("host"), allowedHosts())) return refuseHost();
  if (!isDecodable(pathname)) {
    return errorResponse(400, "InvalidRequestUri", "The path holds a malformed percent-encoding.");
  }
  const [, first = ""] = pathname.split("/");
  if (first === "api" || first === "subscriptions" || PUBLIC_FILE.test(pathname)) return NextResponse.next();
  // ARM compares paths without regard to case, Next does not: the rest of the path is matched by the route itself.
  if (first.toLowerCase() === "subscriptions") {
    const url = request.nextUrl.clone();
    url.pathname = `/subscriptions${pathname.slice(first.length + 1)}`;
    return NextResponse.rewrite(url);
  }
  if (pathname !== "/sign-in" && !(await hasSession(request))) {
    return NextResponse.redirect(new URL("/sign-in", request.url));
  }
  return page(request);
}

function page(request: NextRequest): Response {
  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  // Next reads the nonce for its own scripts out of the request's header.
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/** True when the cookie was sealed by this installation and has not expired. */
async function hasSession(request: NextRequest): Promise<boolean> {
  const cookie = request.cookies.get(SESSION_COOKIE)?.value;
  if (!cookie) return false;
  const { password, ttl } = sessionOptions(false);
  const session = await unsealData<Partial<SessionCookie>>(cookie, {
    password,
    ...(ttl === undefined ? {} : { ttl }),
  });
  return typeof session.secret === "string";
}

function refuseHost(): Response {
  const message =
    "Howdah does not answer to this host name. Use localhost, or list the name in HOWDAH_ALLOWED_HOSTS.";
  return errorResponse(403, "HostNotAllowed", message);
}

/** Next itself fails on a path it cannot decode. */
function isDecodable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}

/** In the form of every error of the API; written here because a proxy should stay small. */
function errorResponse(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
