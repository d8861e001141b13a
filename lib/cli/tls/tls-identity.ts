import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CodedError } from "@/lib/util/coded-error";

/** A certificate with its key, checked to belong together. */
export interface TlsIdentity {
  certificateFile: string;
  keyFile: string;
  /** PEM; the server's own certificate first. */
  certificate: string;
  /** SHA-256, "6B:D0:...". */
  fingerprint: string;
  /** The certificate signs itself: clients have to be told to trust it. */
  isSelfSigned: boolean;
}

/** Reads a certificate and its key. Throws CodedError CERTIFICATE_UNUSABLE that says what is wrong; no part of the key is in it. */
export function readTlsIdentity(certificateFile: string, keyFile: string): TlsIdentity {
  const certificate = readPem(certificateFile, "certificate");
  const x509 = parsed(() => new X509Certificate(certificate), `${certificateFile} holds no PEM certificate.`);
  const key = parsed(
    () => createPrivateKey(readPem(keyFile, "key")),
    `${keyFile} holds no PEM private key without a passphrase.`,
  );
  if (!x509.checkPrivateKey(key)) {
    throw unusable(`The key in ${keyFile} is not that of the certificate in ${certificateFile}.`);
  }
  if (x509.validToDate < new Date()) {
    throw unusable(`The certificate in ${certificateFile} expired on ${x509.validTo}.`);
  }
  return {
    certificateFile: resolve(certificateFile),
    keyFile: resolve(keyFile),
    certificate,
    fingerprint: x509.fingerprint256,
    isSelfSigned: x509.checkIssued(x509),
  };
}

function readPem(file: string, what: string): string {
  return parsed(() => readFileSync(file, "utf8"), `The TLS ${what} ${file} cannot be read.`);
}

function parsed<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw unusable(message, cause);
  }
}

function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError("CERTIFICATE_UNUSABLE", message, { cause });
}
