import { hostname } from "node:os";
import { webHosts } from "@/lib/cli/start/web-environment";
import { dataDirectory } from "@/lib/embedded/data-directory";
import { selfSignedIdentity } from "./self-signed";
import { readTlsIdentity, type TlsIdentity } from "./tls-identity";
import type { TlsSource } from "./tls-options";

/**
 * The certificate the dashboard shows, null for plain HTTP. A self-signed one is for every name and address it answers to at
 * `host`. Throws CodedError CERTIFICATE_UNUSABLE.
 */
export async function openTls(source: TlsSource, host: string): Promise<TlsIdentity | null> {
  if (source === null) return null;
  if (source.kind === "files") return readTlsIdentity(source.certificate, source.key);
  const names = ["localhost", "127.0.0.1", "::1", hostname(), ...webHosts(host)];
  return await selfSignedIdentity(dataDirectory(), [...new Set(names.map(withoutDecoration))]);
}

/** Neither brackets nor the zone of a link-local address belong into a certificate. */
function withoutDecoration(host: string): string {
  return host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
}
