import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "@/lib/embedded/free-port";
import { createTestCertificates, type TestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "../connect";
import type { ConnectionSettings } from "../connection-settings";
import { ident, literal } from "../sql";
import type { ConnectionTestReport, ProbeName } from "./report";
import { runConnectionTest } from "./run-connection-test";

const ROLE_PASSWORD = "role-password";
const HOSTILE_PASSWORD = `p@ss'"\\:/?#[]%20 $&=;\`ü–漢`;

let encrypted: TestServer;
let plain: TestServer;
let certificates: TestCertificates;

beforeAll(async () => {
  certificates = await createTestCertificates("127.0.0.1");
  encrypted = await startTestServer(16, {
    tls: certificates,
    hba: ["host all barred 127.0.0.1/32 reject", "hostssl all all 127.0.0.1/32 scram-sha-256"],
    settings: { max_connections: "12", superuser_reserved_connections: "3" },
  });
  plain = await startTestServer(12, { hba: ["host postgres,other all 127.0.0.1/32 md5"] });
  const admin = await connect(settingsOf(encrypted));
  await admin.query(`create role hostile login password ${literal(HOSTILE_PASSWORD)}`);
  await admin.query(`create role silent nologin password '${ROLE_PASSWORD}'`);
  await admin.query("create database other");
  await admin.query(`create role maker login createdb password '${ROLE_PASSWORD}'`);
  await admin.end();
});

afterAll(async () => {
  await encrypted?.[Symbol.asyncDispose]();
  await plain?.[Symbol.asyncDispose]();
});

function settingsOf(server: TestServer, overrides: Partial<ConnectionSettings> = {}): ConnectionSettings {
  const { host, port, user, password } = server;
  return { host, port, user, password, database: "postgres", sslMode: "Prefer", ...overrides };
}

function run(
  settings: ConnectionSettings,
  side: "source" | "target" = "source",
): Promise<ConnectionTestReport> {
  return runConnectionTest({ settings, side, signal: AbortSignal.timeout(60_000) });
}

async function expectFailure(
  settings: ConnectionSettings,
  probe: ProbeName,
  code: string,
  side?: "source" | "target",
) {
  const report = await run(settings, side);
  const failed = report.probes.find((one) => one.outcome === "failed");
  expect(failed, JSON.stringify(report.probes)).toMatchObject({ name: probe, code });
  expect(failed?.remedy).toBeTruthy();
  expect(failed?.cause).toBeTruthy();
  expect(report.ok).toBe(false);
  expect(JSON.stringify(report)).not.toContain(settings.password);
  const position = report.probes.findIndex((one) => one.outcome === "failed");
  expect(report.probes.slice(position + 1).every((one) => one.outcome === "skipped")).toBe(true);
  return failed;
}

describe("a server that can be reached", () => {
  test("passes all probes and returns the inventory", async () => {
    const report = await run(
      settingsOf(encrypted, { sslMode: "VerifyFull", caCertificate: certificates.ca }),
    );
    expect(report.ok, JSON.stringify(report)).toBe(true);
    expect(report.probes.map((probe) => probe.outcome)).toEqual(Array(6).fill("passed"));
    expect(report.probes[2]?.found).toContain("TLSv1.3");
    expect(report.inventory?.version).toBe("16.14");
    expect(report.inventory?.databases.map((database) => database.name)).toEqual(["other", "postgres"]);
    expect(report.inventory?.databases[0]?.sizeBytes).toBeGreaterThan(1_000_000);
    expect(report.inventory?.databases[0]?.extensions).toEqual([]);
    expect(report.inventory?.availableExtensions).toHaveProperty("hstore");
    expect(report.inventory?.walLevel).toBe("logical");
  });

  test("accepts a password with every special character", async () => {
    const report = await run(settingsOf(encrypted, { user: "hostile", password: HOSTILE_PASSWORD }));
    expect(report.ok, JSON.stringify(report)).toBe(true);
    expect(report.probes.at(-1)).toMatchObject({ outcome: "warning", code: "ROW_SECURITY_BLOCKS" });
  });

  test("SSL mode Prefer says that an unencrypted server is unencrypted", async () => {
    const report = await run(settingsOf(plain));
    expect(report.ok, JSON.stringify(report)).toBe(true);
    expect(report.probes[2]).toMatchObject({ outcome: "warning", code: "NOT_ENCRYPTED" });
    expect(report.inventory?.versionNumber).toBe(120_022);
  });

  test("VerifyCA does not compare the host name", async () => {
    const other = await createTestCertificates("db.example.com");
    await using server = await startTestServer(17, { tls: other });
    expect((await run(settingsOf(server, { sslMode: "VerifyCA", caCertificate: other.ca }))).ok).toBe(true);
    await expectFailure(
      settingsOf(server, { sslMode: "VerifyFull", caCertificate: other.ca }),
      "tls",
      "CERTIFICATE_HOST_MISMATCH",
    );
  });

  test("a target login must be able to create databases", async () => {
    expect((await run(settingsOf(encrypted, { user: "maker", password: ROLE_PASSWORD }), "target")).ok).toBe(
      true,
    );
    const settings = settingsOf(encrypted, { user: "hostile", password: HOSTILE_PASSWORD });
    await expectFailure(settings, "privileges", "CREATEDB_MISSING", "target");
  });

  test("the same server has the same identity by every address", async () => {
    const [one, two, other] = await Promise.all([
      run(settingsOf(encrypted)),
      run(settingsOf(encrypted, { host: "localhost" })),
      run(settingsOf(plain)),
    ]);
    expect(one?.inventory?.serverIdentity).toBe(two?.inventory?.serverIdentity);
    expect(one?.inventory?.serverIdentity).not.toBe(other?.inventory?.serverIdentity);
  });
});

describe("what can go wrong, told apart", () => {
  test("unknown host", () =>
    expectFailure(settingsOf(plain, { host: "no-such-host.invalid" }), "dns", "HOST_NOT_FOUND"));

  test("refused", async () => {
    await expectFailure(settingsOf(plain, { port: await findFreePort() }), "tcp", "CONNECTION_REFUSED");
  });

  test("a listener that never answers", async () => {
    const { server, port } = await listen(() => undefined);
    await expectFailure(settingsOf(plain, { port }), "tls", "CONNECTION_TIMED_OUT");
    server.close();
  });

  test("a listener that is not PostgreSQL", async () => {
    const { server, port } = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expectFailure(settingsOf(plain, { port }), "tls", "NOT_POSTGRESQL");
    server.close();
  });

  test("server without TLS, mode Require", () =>
    expectFailure(settingsOf(plain, { sslMode: "Require" }), "tls", "TLS_NOT_SUPPORTED"));

  test("untrusted certificate", () =>
    expectFailure(settingsOf(encrypted, { sslMode: "VerifyFull" }), "tls", "CERTIFICATE_UNTRUSTED"));

  test("an authority that is no certificate", () =>
    expectFailure(
      settingsOf(encrypted, { sslMode: "VerifyCA", caCertificate: "nonsense" }),
      "tls",
      "CERTIFICATE_INVALID_CA",
    ));

  test("expired certificate", async () => {
    const expired = await createTestCertificates("127.0.0.1", { expired: true });
    await using server = await startTestServer(17, { tls: expired });
    await expectFailure(
      settingsOf(server, { sslMode: "VerifyCA", caCertificate: expired.ca }),
      "tls",
      "CERTIFICATE_EXPIRED",
    );
  });

  test("no pg_hba entry, with the line to add", async () => {
    const failed = await expectFailure(settingsOf(encrypted, { user: "barred" }), "login", "NO_PG_HBA_ENTRY");
    expect(failed?.remedy).toContain("hostssl all barred 127.0.0.1/32 scram-sha-256");
  });

  test("wrong password, on TLS and plain servers", async () => {
    await expectFailure(settingsOf(encrypted, { password: "wrong-one" }), "login", "PASSWORD_REJECTED");
    await expectFailure(settingsOf(plain, { password: "wrong-one" }), "login", "PASSWORD_REJECTED");
  });

  test("role that may not log in", () =>
    expectFailure(
      settingsOf(encrypted, { user: "silent", password: ROLE_PASSWORD }),
      "login",
      "LOGIN_NOT_PERMITTED",
    ));

  test("missing database", () =>
    expectFailure(settingsOf(plain, { database: "other" }), "login", "DATABASE_MISSING"));

  test("too many connections", async () => {
    const settings = settingsOf(encrypted, { user: "maker", password: ROLE_PASSWORD });
    const taken = await Promise.all(Array.from({ length: 9 }, () => connect(settings)));
    try {
      await expectFailure(settings, "login", "TOO_MANY_CONNECTIONS");
    } finally {
      await Promise.all(taken.map((client) => client.end()));
    }
  });

  test("an injected database name stays a name", async () => {
    const name = `x"; drop database other; --`;
    await expectFailure(settingsOf(encrypted, { database: name }), "login", "DATABASE_MISSING");
    const admin = await connect(settingsOf(encrypted, { database: "other" }));
    await admin.query(`select 1 as ${ident(name)}`);
    await admin.end();
  });
});

function listen(
  onConnection: (socket: import("node:net").Socket) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address ? address.port : 0 });
    });
  });
}
