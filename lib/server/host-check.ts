/** Names of this machine that no DNS answer can claim (RFC 6761), and its loopback addresses. */
const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Host names Howdah answers to besides loopback, from HOWDAH_ALLOWED_HOSTS (separated by commas or blanks). */
export function allowedHosts(): readonly string[] {
  const text = process.env["HOWDAH_ALLOWED_HOSTS"] ?? "";
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}

/**
 * True when a Host header names this machine or an allowed host; the port does not matter. A page of another site whose
 * name was rebound to this machine still sends that name, and is refused.
 */
export function isAllowedHost(host: string | null, allowed: readonly string[]): boolean {
  const name = withoutPort(host);
  return name !== null && (LOOPBACK.test(name) || allowed.includes(name));
}

/**
 * True when a request's Origin is the site it goes to: the same host and port as its Host header or, behind a proxy that
 * rewrites Host, an allowed host name.
 */
export function isSameOrigin(
  origin: string | null,
  host: string | null,
  allowed: readonly string[],
): boolean {
  if (origin === null || host === null || !URL.canParse(origin)) return false;
  const from = new URL(origin);
  if (from.protocol !== "http:" && from.protocol !== "https:") return false;
  return from.host === host.toLowerCase() || allowed.includes(from.hostname);
}

function withoutPort(host: string | null): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.exec((host ?? "").toLowerCase());
  return match?.[1] ?? null;
}
