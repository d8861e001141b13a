import { join } from "node:path";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { startHowdah } from "@/scripts/demo/howdah-process";
import { startAzure } from "./azure-stand-in";
import { type Environment, publishEnvironment } from "./environment";
import { loadSourceSample } from "./source-sample";

/** Starts source, target and the real `howdah start` from dist; returns what ends them all. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const tls = await createTestCertificates("127.0.0.1");
  const hba = ["hostssl all all 127.0.0.1/32 scram-sha-256"];
  await using starting = new AsyncDisposableStack();
  const source = starting.use(
    await startTestServer(16, { tls, hba, user: "source_admin", password: "p@ss/word:with #every% sign?" }),
  );
  const target = starting.use(await startTestServer(17, { tls, hba, user: "target_admin" }));
  await loadSourceSample(settingsOf(source, tls.ca));
  const azure = starting.use(await startAzure(settingsOf(target, tls.ca)));
  const howdah = starting.use(await startHowdah({ root: join(import.meta.dirname, ".."), env: azure.env }));
  publishEnvironment({
    baseUrl: howdah.origin,
    signInLink: howdah.signInLink,
    dataDirectory: howdah.dataDirectory,
    token: await howdah.createToken("operator"),
    source: settingsOf(source, tls.ca),
    target: settingsOf(target, tls.ca),
  });
  const running = starting.move();
  return () => running.disposeAsync();
}

function settingsOf({ host, port, user, password }: TestServer, ca: string): Environment["source"] {
  return { host, port, user, password, database: "postgres", sslMode: "Require", caCertificate: ca };
}
