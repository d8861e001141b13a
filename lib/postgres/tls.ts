import { X509Certificate } from "node:crypto";
import { type ConnectionOptions, checkServerIdentity, rootCertificates } from "node:tls";
import { CodedError } from "@/lib/util/coded-error";
import type { ConnectionSettings } from "./connection-settings";

/**
 * Node's TLS options for an SSL mode, as libpq understands the modes
 * (https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION).
 * Throws CodedError CERTIFICATE_INVALID_CA when the given authority is not PEM.
 */
export function tlsOptions(settings: ConnectionSettings): ConnectionOptions {
  if (settings.sslMode === "Prefer" || settings.sslMode === "Require") return { rejectUnauthorized: false };
  const options: ConnectionOptions = { rejectUnauthorized: true };
  if (settings.caCertificate !== undefined)
    options.ca = [...rootCertificates, ...authorities(settings.caCertificate)];
  // Node would compare with "localhost" when the host is an IP address, because no server name is sent for one.
  options.checkServerIdentity =
    settings.sslMode === "VerifyFull"
      ? (_host, certificate) => checkServerIdentity(settings.host, certificate)
      : () => undefined;
  return options;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function authorities(pem: string): string[] {
  const certificates = pem.match(PEM_CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw new CodedError("CERTIFICATE_INVALID_CA", "The certificate authority cannot be read.", { cause });
  }
  if (certificates.length === 0)
    throw new CodedError("CERTIFICATE_INVALID_CA", "No PEM certificate was found in the given text.");
  return certificates;
}
