import type { TlsIdentity } from "@/lib/cli/tls/tls-identity";

/** Says how to recognize the certificate, for those who cannot check it otherwise. */
export function announceTls(tls: TlsIdentity | null, out: (line: string) => void): void {
  if (!tls) return;
  const kind = tls.isSelfSigned ? "self-signed certificate" : "certificate";
  out(`TLS: ${kind} ${tls.certificateFile}, SHA-256 fingerprint ${tls.fingerprint}`);
}
