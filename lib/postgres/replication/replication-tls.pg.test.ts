import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestCertificates, type TestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "../connect";
import type { ConnectionSettings } from "../connection-settings";
import { ReplicationSession } from "./replication-session";

let valid: TestCertificates;
let named: TestCertificates;
let trusted: TestServer;
let misnamed: TestServer;
let expired: TestServer;

beforeAll(async () => {
  const lapsed = await createTestCertificates("127.0.0.1", { expired: true });
  valid = await createTestCertificates("127.0.0.1");
  named = await createTestCertificates("db.example.org");
  [trusted, misnamed, expired] = await Promise.all([
    startTestServer(17, {
      tls: valid,
      settings: { ssl_ca_file: "server.crt" },
      hba: ["hostssl template1 all 127.0.0.1/32 cert", "hostssl all all 127.0.0.1/32 scram-sha-256"],
    }),
    startTestServer(17, { tls: named }),
    startTestServer(17, { tls: lapsed }),
  ]);
  Object.assign(expired, { ca: lapsed.ca });
});

afterAll(async () => {
  for (const server of [trusted, misnamed, expired]) await server?.[Symbol.asyncDispose]();
});

type Given = Pick<ConnectionSettings, "sslMode"> & { caCertificate?: string; database?: string };

const CASES: [string, () => TestServer, () => Given, string | null][] = [
  [
    "a certificate that fits",
    () => trusted,
    () => ({ sslMode: "VerifyFull", caCertificate: valid.ca }),
    null,
  ],
  [
    "one of another authority",
    () => trusted,
    () => ({ sslMode: "VerifyCA", caCertificate: named.ca }),
    "CERTIFICATE_UNTRUSTED",
  ],
  ["one that nobody knows", () => trusted, () => ({ sslMode: "VerifyCA" }), "CERTIFICATE_UNTRUSTED"],
  [
    "one of another host",
    () => misnamed,
    () => ({ sslMode: "VerifyFull", caCertificate: named.ca }),
    "CERTIFICATE_HOST_MISMATCH",
  ],
  [
    "one of another host that need not fit",
    () => misnamed,
    () => ({ sslMode: "VerifyCA", caCertificate: named.ca }),
    null,
  ],
  [
    "one that has expired",
    () => expired,
    () => ({ sslMode: "VerifyCA", caCertificate: (expired as TestServer & { ca: string }).ca }),
    "CERTIFICATE_EXPIRED",
  ],
  [
    "an authority that is none",
    () => trusted,
    () => ({ sslMode: "VerifyFull", caCertificate: "no PEM" }),
    "CERTIFICATE_INVALID_CA",
  ],
  [
    "a server that asks for the client's own",
    () => trusted,
    () => ({ sslMode: "Require", database: "template1" }),
    "AUTHENTICATION_UNSUPPORTED",
  ],
];

test.each(CASES)("%s is told by both kinds of session", async (_what, server, given, code) => {
  const { host, port, user, password } = server();
  const settings: ConnectionSettings = { host, port, user, password, database: "postgres", ...given() };
  const plain = await connect(settings).then((client) => client.end().then(() => null), codeOf);
  const replicating = await ReplicationSession.open(settings).then(
    (session) => session.end().then(() => null),
    codeOf,
  );
  expect([plain, replicating]).toEqual([code, code]);
});

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : error;
}
