import { X509Certificate } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { readTlsIdentity, type TlsIdentity } from "./tls-identity";

const DAY_MS = 86_400_000;
/** Browsers refuse certificates that are valid for longer. */
const LIFE_DAYS = 397;
const RENEW_DAYS = 30;

/**
 * The installation's own certificate for `hosts` (names and addresses), in `folder` with its key, both 0600. The one that is
 * there is kept while it covers them and lasts; else another is made. Throws the file system's errors.
 */
export async function selfSignedIdentity(folder: string, hosts: readonly string[]): Promise<TlsIdentity> {
  const certificateFile = join(folder, "tls.crt");
  const keyFile = join(folder, "tls.key");
  const present = presentIdentity(certificateFile, keyFile);
  if (present && covers(present, hosts)) return present;
  const { cert, private: key } = await generate([{ name: "commonName", value: "Howdah" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + LIFE_DAYS * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  });
  replaceFile(keyFile, key);
  replaceFile(certificateFile, cert);
  return readTlsIdentity(certificateFile, keyFile);
}

/** Half a pair, or one that no longer fits together, is as good as none. */
function presentIdentity(certificateFile: string, keyFile: string): TlsIdentity | null {
  try {
    return readTlsIdentity(certificateFile, keyFile);
  } catch {
    return null;
  }
}

function covers({ certificate }: TlsIdentity, hosts: readonly string[]): boolean {
  const x509 = new X509Certificate(certificate);
  if (x509.validToDate.getTime() < Date.now() + RENEW_DAYS * DAY_MS) return false;
  return hosts.every((host) => (isIP(host) ? x509.checkIP(host) : x509.checkHost(host)) !== undefined);
}

function replaceFile(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
}
