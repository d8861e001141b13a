import { randomBytes } from "node:crypto";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { loadSamples } from "./samples";

export interface SampleServers extends AsyncDisposable {
  source: ConnectionSettings;
  target: ConnectionSettings;
}

/** Only with TLS and a password, as servers out there are. */
const HBA = [
  "hostssl all all 127.0.0.1/32 scram-sha-256",
  "hostssl replication all 127.0.0.1/32 scram-sha-256",
];

/** Starts a PostgreSQL 16 source that holds the sample databases and an empty PostgreSQL 17 target; both are deleted when disposed. */
export async function startSampleServers(): Promise<SampleServers> {
  const tls = await createTestCertificates("127.0.0.1");
  await using stack = new AsyncDisposableStack();
  const start = async (major: 16 | 17) =>
    stack.use(
      await startTestServer(major, {
        tls,
        hba: HBA,
        password: randomBytes(16).toString("base64url"),
        detached: true,
      }),
    );
  const source = await start(16);
  const target = await start(17);
  await loadSamples(settingsOf(source));
  const servers = stack.move();
  return {
    source: settingsOf(source),
    target: settingsOf(target),
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

function settingsOf({ host, port, user, password }: TestServer): ConnectionSettings {
  return { host, port, user, password, database: "postgres", sslMode: "Require" };
}
