import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { startWorker, type Worker } from "./start-worker";
import { slowEngine } from "./testing/slow-engine";

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let worker: Worker;
let id: string;

beforeEach(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  const client = await connect({ ...source, database: "postgres", sslMode: "Prefer" });
  await client.query("create database app").finally(() => client.end());
  const server = await registerServer(target);
  const engine = slowEngine({ rows: 200, pauseMs: 20 });
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester", engine });
  const body = bodyOf(source, target, { migrationOption: "Migrate" });
  ({ id } = await createMigration({ server, name: "outage", body, actor: "test" }));
  await expect.poll(bytesCopied, { timeout: 40_000 }).toBeGreaterThan(0n);
});

afterEach(async () => {
  await worker?.stop();
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function bytesCopied(): Promise<bigint> {
  const [database] = await store().migrationDatabase.findMany({ where: { migrationId: id } });
  return database?.bytesCopied ?? 0n;
}

async function loseStore(ms: number): Promise<void> {
  const { server } = testStore;
  await server.kill();
  await sleep(ms);
  testStore.server = await server.restart();
}

function ended(timeout: number) {
  const read = async () => {
    try {
      const row = await store().migration.findUniqueOrThrow({ where: { id } });
      return `${row.state}/${row.substate}/${row.runEpoch}`;
    } catch (error) {
      // The first statement on a connection that died with the store.
      return String(error);
    }
  };
  return expect.poll(read, { timeout, interval: 200 });
}

it("a store that is away for a moment costs nothing: the run goes on", async () => {
  await loseStore(1_000);
  await ended(60_000).toBe("Succeeded/Completed/1");
});

it("a store that is away for long ends the run, and it is taken up again when the store is back", async () => {
  await loseStore(11_000);
  await ended(120_000).toBe("Succeeded/Completed/2");
}, 180_000);
