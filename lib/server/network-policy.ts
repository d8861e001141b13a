import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { ArmError } from "@/lib/arm/arm-error";
import { fromCodedError } from "@/lib/arm/map-error";
import { CodedError } from "@/lib/util/coded-error";

/**
 * Link-local addresses, where clouds serve credentials to whoever asks from the machine, and AWS's IPv6 twin of it. No
 * PostgreSQL lives there.
 */
const NEVER = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254"];

export interface NetworkPolicy {
  /** null: every address that is not denied. */
  allowed: BlockList | null;
  denied: BlockList;
}

/**
 * The address ranges Howdah may connect to, from HOWDAH_ALLOWED_NETWORKS and HOWDAH_DENIED_NETWORKS: addresses or CIDR
 * ranges separated by commas or blanks. Denied wins. Throws Error on a malformed range.
 */
export function networkPolicy(
  allowedText = process.env["HOWDAH_ALLOWED_NETWORKS"] ?? "",
  deniedText = process.env["HOWDAH_DENIED_NETWORKS"] ?? "",
): NetworkPolicy {
  const allowed = rangesOf(allowedText);
  return {
    allowed: allowed.length === 0 ? null : blockList(allowed, "HOWDAH_ALLOWED_NETWORKS"),
    denied: blockList([...NEVER, ...rangesOf(deniedText)], "HOWDAH_DENIED_NETWORKS"),
  };
}

/** True when the policy lets Howdah connect to an IP address. */
export function isAddressAllowed(address: string, policy: NetworkPolicy): boolean {
  const real = withoutAnyAddress(address);
  const family = isIP(real) === 6 ? "ipv6" : "ipv4";
  if (policy.denied.check(real, family)) return false;
  return policy.allowed === null || policy.allowed.check(real, family);
}

/**
 * Throws ArmError ADDRESS_NOT_ALLOWED when any address of `host` is out of bounds; `target` names the property it came in.
 * A host that does not resolve passes: the connection test says so better.
 */
export async function demandAllowedHost(
  host: string,
  target: string,
  policy = networkPolicy(),
): Promise<void> {
  const bare = host.replace(/^\[|\]$/g, "");
  const addresses = isIP(bare) ? [bare] : await resolve(bare);
  const forbidden = addresses.find((address) => !isAddressAllowed(address, policy));
  if (forbidden === undefined) return;
  const named = forbidden === bare ? bare : `${bare} (${forbidden})`;
  throw notAllowed(`Howdah may not connect to ${named}.`, target);
}

function notAllowed(message: string, target: string): ArmError {
  return fromCodedError(new CodedError("ADDRESS_NOT_ALLOWED", message), target);
}

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/** Connecting to the unspecified address reaches this machine. */
function withoutAnyAddress(address: string): string {
  if (/^0\.0\.0\.0$|^::ffff:(0\.0\.0\.0|0:0)$/i.test(address)) return "127.0.0.1";
  return /^[0:]+$/.test(address) ? "::1" : address;
}

function rangesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function blockList(ranges: readonly string[], origin: string): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) {
      throw new Error(`${origin}: "${range}" is neither an IP address nor a CIDR range.`);
    }
    list.addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
