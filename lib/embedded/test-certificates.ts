import { generate } from "selfsigned";

export interface TestCertificates {
  /** PEM of the authority. */
  ca: string;
  /** PEM of a certificate for `host`, signed by `ca`. */
  certificate: string;
  key: string;
}

const DAY_MS = 86_400_000;

/** An authority and a server certificate for one host name or IP address; expired ones for tests of that. */
export async function createTestCertificates(
  host: string,
  options: { expired?: boolean } = {},
): Promise<TestCertificates> {
  const notAfterDate = new Date(Date.now() + (options.expired ? -DAY_MS : 365 * DAY_MS));
  const notBeforeDate = new Date(Date.now() - 30 * DAY_MS);
  const authority = await generate([{ name: "commonName", value: "Howdah test authority" }], {
    notBeforeDate,
    notAfterDate: new Date(Date.now() + 365 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const isAddress = /^[\d.]+$|:/.test(host);
  const server = await generate([{ name: "commonName", value: host }], {
    notBeforeDate,
    notAfterDate,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [isAddress ? { type: 7, ip: host } : { type: 2, value: host }] },
    ],
  });
  return { ca: authority.cert, certificate: server.cert, key: server.private };
}
