/** Spellings of this machine's loopback address. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0)$/;

/**
 * True when two hosts and ports are the same server as far as their spelling tells; two names of one machine are found by
 * the validation, which asks both servers who they are.
 */
export function isSameEndpoint(
  a: { host: string; port: number },
  b: { host: string; port: number },
): boolean {
  return a.port === b.port && canonical(a.host) === canonical(b.host);
}

/** True for an address of this machine that no network is crossed to reach; a socket's folder is one. */
export function isLoopback(host: string): boolean {
  return host.startsWith("/") || canonical(host) === "loopback";
}

function canonical(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  return LOOPBACK.test(bare) ? "loopback" : bare;
}
