import { UsageError } from "@/lib/cli/usage-error";

/** How the dashboard is asked to speak TLS, as options and variables say. */
export interface TlsOptions {
  tlsCert?: string;
  tlsKey?: string;
  tlsSelfSigned?: boolean;
}

/** Where certificate and key come from; null for plain HTTP. */
export type TlsSource = { kind: "files"; certificate: string; key: string } | { kind: "self-signed" } | null;

/** What the options ask for. Throws UsageError when they contradict each other or one of a pair is missing. */
export function tlsSourceOf({ tlsCert, tlsKey, tlsSelfSigned }: TlsOptions): TlsSource {
  if (tlsCert === undefined && tlsKey === undefined) return tlsSelfSigned ? { kind: "self-signed" } : null;
  if (tlsSelfSigned)
    throw new UsageError("--tls-self-signed makes a certificate: leave out --tls-cert and --tls-key.");
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError("--tls-cert and --tls-key belong together: give both.");
  }
  return { kind: "files", certificate: tlsCert, key: tlsKey };
}
