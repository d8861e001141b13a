import { join } from "node:path";
import type { FullConfig } from "@playwright/test";
import { createTestCertificates } from "@/lib/embedded/test-certificates";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { startHowdah } from "@/scripts/demo/howdah-process";
import { startAzure } from "./azure-stand-in";
import { type Environment, publishEnvironments } from "./environment";
import { loadSourceSample } from "./source-sample";

/** Starts an environment for each worker; returns what ends them all. */
export default async function globalSetup({ workers }: FullConfig): Promise<() => Promise<void>> {
  await using starting = new AsyncDisposableStack();
  const starts = Array.from({ length: workers }, () => startEnvironment(starting));
  const environments: Environment[] = [];
  for (const start of await Promise.allSettled(starts)) {
    if (start.status === "rejected") throw start.reason;
    environments.push(start.value);
  }
  publishEnvironments(environments);
  const running = starting.move();
  return () => running.disposeAsync();
}

/** Starts source, target and the real `howdah start` from dist, all of which `stack` ends. */
async function startEnvironment(stack: AsyncDisposableStack): Promise<Environment> {
  const tls = await createTestCertificates("127.0.0.1");
  const hba = ["hostssl all all 127.0.0.1/32 scram-sha-256"];
  const source = stack.use(
    await startTestServer(16, { tls, hba, user: "source_admin", password: "p@ss/word:with #every% sign?" }),
  );
  let target = await startTestServer(17, { tls, hba, user: "target_admin" });
  stack.defer(() => target[Symbol.asyncDispose]());
  await loadSourceSample(settingsOf(source, tls.ca));
  const restart = async () => {
    target = await target.restart();
  };
  const azure = stack.use(await startAzure(settingsOf(target, tls.ca), restart));
  const howdah = stack.use(await startHowdah({ root: join(import.meta.dirname, ".."), env: azure.env }));
  return {
    baseUrl: howdah.origin,
    signInLink: howdah.signInLink,
    dataDirectory: howdah.dataDirectory,
    token: await howdah.createToken("operator"),
    source: settingsOf(source, tls.ca),
    target: settingsOf(target, tls.ca),
  };
}

function settingsOf({ host, port, user, password }: TestServer, ca: string): Environment["source"] {
  return { host, port, user, password, database: "postgres", sslMode: "Require", caCertificate: ca };
}
