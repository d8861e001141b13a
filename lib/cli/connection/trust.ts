import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type PeerCertificate } from "node:tls";
import { UsageError } from "@/lib/cli/usage-error";

/** What of a server's certificate is trusted besides what the system trusts. */
export interface Trust {
  /** File with certificates of authorities, PEM. */
  caFile?: string | undefined;
  /** SHA-256 fingerprint of the server's own certificate, in any of the usual spellings. */
  fingerprint?: string | undefined;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * TLS options for the server at `origin`. With a fingerprint its certificate is fetched first and nothing but it is trusted, self-signed
 * or not. Throws UsageError when the file cannot be read or the certificate is another one, and what the network throws.
 */
export async function tlsOptionsFor(
  origin: string,
  { caFile, fingerprint }: Trust,
): Promise<ConnectionOptions> {
  if (!origin.startsWith("https:")) {
    if (caFile === undefined && fingerprint === undefined) return {};
    throw new UsageError(`A certificate is trusted over https only, and the address is ${origin}.`);
  }
  if (fingerprint === undefined) return caFile === undefined ? {} : { ca: readCertificates(caFile) };
  const wanted = parseFingerprint(fingerprint);
  const certificate = await fetchCertificate(origin);
  if (hexOf(certificate.fingerprint256) !== wanted) throw anotherCertificate(origin, certificate);
  return {
    ca: pemOf(certificate),
    allowPartialTrustChain: true,
    // The fingerprint says more than a name would; it is compared once more because connections may reach different servers.
    checkServerIdentity: (_, peer) =>
      hexOf(peer.fingerprint256) === wanted ? undefined : anotherCertificate(origin, peer),
  };
}

/** 64 hexadecimal digits of "SHA256:AB:CD:...", "ab:cd:..." or "abcd...". Throws UsageError. */
export function parseFingerprint(text: string): string {
  const hex = hexOf(text.replace(/^sha-?256[:=]\s*/i, ""));
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new UsageError(
    "--fingerprint must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons.",
  );
}

function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").trim().toLowerCase();
}

function anotherCertificate(origin: string, { fingerprint256 }: PeerCertificate): UsageError {
  return new UsageError(
    `${origin} shows another certificate than the trusted one; its fingerprint is ${fingerprint256}. If it was renewed, trust the new one.`,
  );
}

function readCertificates(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch {
    throw new UsageError("--ca-file: the file cannot be read.");
  }
  throw new UsageError("--ca-file: the file holds no certificate in PEM form.");
}

function pemOf({ raw }: PeerCertificate): string {
  const lines = raw.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** The server's certificate, whoever issued it; nothing is sent. */
async function fetchCertificate(origin: string): Promise<PeerCertificate> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, "");
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) ? {} : { servername: host }),
      rejectUnauthorized: false,
      timeout: PROBE_TIMEOUT_MS,
    });
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      socket.destroy();
      resolve(certificate);
    });
    socket.once("timeout", () => socket.destroy(new Error("the TLS handshake took too long")));
    socket.once("error", reject);
  });
}
