import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { waitUntilHealthy } from "@/lib/cli/start/wait-until-healthy";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { selfSignedIdentity } from "./self-signed";
import { readTlsIdentity, type TlsIdentity } from "./tls-identity";
import { tlsSourceOf } from "./tls-options";
import { watchIdentity } from "./watch-identity";

/** A machine with other work takes its time. */
const PATIENT = { timeout: 30_000 };

const HOSTS = ["localhost", "127.0.0.1", "::1"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-tls-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test("options: a pair, one of Howdah's own, or none", () => {
  expect(tlsSourceOf({})).toBeNull();
  expect(tlsSourceOf({ tlsSelfSigned: true })).toEqual({ kind: "self-signed" });
  expect(tlsSourceOf({ tlsCert: "c", tlsKey: "k" })).toMatchObject({ kind: "files", key: "k" });
  expect(() => tlsSourceOf({ tlsCert: "c" })).toThrow("belong together");
  expect(() => tlsSourceOf({ tlsKey: "k" })).toThrow("belong together");
  expect(() => tlsSourceOf({ tlsCert: "c", tlsKey: "k", tlsSelfSigned: true })).toThrow("leave out");
});

test("what cannot be used is told by its file, never by its content", async () => {
  const [pair, other, old] = await Promise.all([
    createTestCertificates("127.0.0.1"),
    createTestCertificates("127.0.0.1"),
    createTestCertificates("127.0.0.1", { expired: true }),
  ]);
  const certificate = write("server.crt", pair.certificate);
  const key = write("server.key", pair.key);
  expect(readTlsIdentity(certificate, key)).toMatchObject({ isSelfSigned: false, keyFile: key });
  for (const [from, and, reason] of [
    [join(folder, "missing.crt"), key, "missing.crt cannot be read"],
    [key, key, "holds no PEM certificate"],
    [certificate, write("broken.key", "secret words"), "holds no PEM private key"],
    [certificate, write("other.key", other.key), "is not that of the certificate"],
    [write("old.crt", old.certificate), write("old.key", old.key), "expired on"],
  ] as const) {
    expect(() => readTlsIdentity(from, and)).toThrow(
      expect.objectContaining({ code: "CERTIFICATE_UNUSABLE", message: expect.stringContaining(reason) }),
    );
  }
  expect(() => readTlsIdentity(certificate, write("broken.key", "secret words"))).not.toThrow("secret words");
});

test("one's own certificate is made once, closed to others, and anew for another name", async () => {
  const first = await selfSignedIdentity(folder, HOSTS);
  expect(first.isSelfSigned).toBe(true);
  for (const file of [first.certificateFile, first.keyFile]) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect((await selfSignedIdentity(folder, HOSTS)).fingerprint).toBe(first.fingerprint);
  const wider = await selfSignedIdentity(folder, [...HOSTS, "howdah.example.com", "10.1.2.3"]);
  expect(wider.fingerprint).not.toBe(first.fingerprint);
  const x509 = new X509Certificate(wider.certificate);
  expect([x509.checkHost("howdah.example.com"), x509.checkIP("10.1.2.3"), x509.ca]).toEqual([
    "howdah.example.com",
    "10.1.2.3",
    false,
  ]);
  writeFileSync(wider.keyFile, "half written");
  expect((await selfSignedIdentity(folder, HOSTS)).fingerprint).not.toBe(wider.fingerprint);
});

test("clients that trust it get through, and the health check knows it by its fingerprint", async () => {
  const identity = await selfSignedIdentity(folder, HOSTS);
  await using served = await serveHealth(identity);
  const { signal } = new AbortController();
  await waitUntilHealthy(served.origin, signal, { fingerprint: identity.fingerprint });
  await expect(
    waitUntilHealthy(served.origin, signal, {
      fingerprint: identity.fingerprint.replace(/^../, "??"),
      timeoutMs: 300,
    }),
  ).rejects.toThrow("another certificate is shown there");
  const status = await new Promise((resolve, reject) => {
    get(served.origin, { ca: identity.certificate, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });
  expect(status).toBe(200);
});

async function serveHealth({ certificate, keyFile }: TlsIdentity) {
  const server = createServer({ cert: certificate, key: readFileSync(keyFile) }, (_, response) =>
    response.end("{}"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    origin: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a renewed pair is shown without a restart; one that does not fit leaves the old one", async () => {
  const [first, second, third, old] = await Promise.all([
    createTestCertificates("127.0.0.1"),
    createTestCertificates("127.0.0.1"),
    createTestCertificates("127.0.0.1"),
    createTestCertificates("127.0.0.1", { expired: true }),
  ]);
  const certificateFile = write("renewed.crt", first.certificate);
  const keyFile = write("renewed.key", first.key);
  const identity = readTlsIdentity(certificateFile, keyFile);
  await using served = await serveHealth(identity);
  const refusals: string[] = [];
  const stopping = new AbortController();
  const watching = watchIdentity({
    identity,
    onRenewed: ({ certificate }) =>
      served.server.setSecureContext({ cert: certificate, key: readFileSync(keyFile) }),
    onRefused: (error) => refusals.push(String(error)),
    signal: stopping.signal,
    everyMs: 10,
  });
  const isShown = ({ certificate }: { certificate: string }) =>
    vi.waitFor(
      async () =>
        expect(await fingerprintAt(served.origin)).toBe(new X509Certificate(certificate).fingerprint256),
      PATIENT,
    );
  try {
    await isShown(first);
    // Half of it is written: the rest follows, as a renewal does it.
    write("renewed.crt", second.certificate);
    await vi.waitFor(() => expect(refusals.at(-1)).toContain("is not that of the certificate"), PATIENT);
    await isShown(first);
    write("renewed.key", second.key);
    await isShown(second);
    write("renewed.key", old.key);
    write("renewed.crt", old.certificate);
    await vi.waitFor(() => expect(refusals.at(-1)).toContain("expired on"), PATIENT);
    rmSync(keyFile);
    await vi.waitFor(() => expect(refusals.at(-1)).toContain("cannot be read"), PATIENT);
    await isShown(second);
    write("renewed.crt", third.certificate);
    write("renewed.key", third.key);
    await isShown(third);
    expect(refusals.join()).not.toContain("PRIVATE KEY");
  } finally {
    stopping.abort();
    await watching;
  }
});

function fingerprintAt(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "none");
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
