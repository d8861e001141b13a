import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { serveMigrations } from "@/lib/azure/testing/stand-in-migrations";
import { PRINCIPAL } from "@/lib/azure/testing/stand-in-sign-in";
import { migrationCreateBody } from "@/lib/migrations/contract";
import { saveAzurePrincipal } from "@/lib/store/azure-principal";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { requestCancel } from "@/lib/store/wishes";
import { startWorker, type Worker } from "../start-worker";

const SERVER =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/exampleresourcegroup2/providers/Microsoft.DBforPostgreSQL/flexibleServers/exampleserver2";
const folder = mkdtempSync(join(tmpdir(), "howdah-azure-"));

let testStore: TestStore;
let arm: StandInArm;
let worker: Worker;
let serverId: string;
let count = 0;

beforeAll(async () => {
  [testStore, arm] = await Promise.all([startTestStore(), StandInArm.start()]);
  serveMigrations(arm);
  writeFileSync(join(folder, "ca.pem"), arm.ca);
  vi.stubEnv("HOWDAH_AZURE_ENDPOINT", arm.endpoint);
  vi.stubEnv("AZURE_AUTHORITY_HOST", arm.endpoint);
  vi.stubEnv("HOWDAH_AZURE_CA_FILE", join(folder, "ca.pem"));
  vi.stubEnv("HOWDAH_AZURE_POLL_SECONDS", "0.1");
  await saveAzurePrincipal(PRINCIPAL);
  const server = await store().server.create({
    data: {
      subscriptionId: "s",
      resourceGroup: "local",
      key: "s/local/exampleserver2",
      name: "exampleserver2",
      host: "exampleserver2.postgres.database.azure.com",
      administratorLogin: "exampleadministratorlogin",
      azureResourceId: SERVER,
    },
  });
  serverId = server.id;
});

beforeEach(async () => {
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});
afterEach(async () => await worker?.stop());
afterAll(async () => {
  await Promise.all([testStore?.[Symbol.asyncDispose](), arm?.[Symbol.asyncDispose]()]);
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function create(migrationMode: "Online" | "Offline"): Promise<string> {
  const body = migrationCreateBody.parse({
    location: "eastus",
    properties: {
      migrationMode,
      sourceDbServerResourceId: "db.example:5432@postgres",
      dbsToMigrate: ["shop"],
      secretParameters: {
        adminCredentials: { sourceServerPassword: "s-secret", targetServerPassword: "t-secret" },
      },
      howdah: { runBy: "azure" },
    },
  });
  const server = await store().server.findUniqueOrThrow({ where: { id: serverId } });
  return (await createMigration({ server, name: `a-${++count}`, body, actor: "test" })).id;
}

function read(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: { databases: true, secrets: true, events: { orderBy: { id: "asc" } } },
  });
}

async function until(id: string, look: (row: Awaited<ReturnType<typeof read>>) => boolean) {
  const end = performance.now() + 30_000;
  for (;;) {
    const row = await read(id);
    if (look(row)) return row;
    if (performance.now() > end) throw new Error(`still ${row.state}/${row.substate}`);
    await sleep(50);
  }
}

it("hands an online migration to Azure's service, shows how it stands, and hands the cutover on", async () => {
  const id = await create("Online");
  const waiting = await until(id, ({ substate }) => substate === "WaitingForCutoverTrigger");
  expect(waiting.state).toBe("WaitingForUserAction");
  expect(waiting.databases).toMatchObject([
    { name: "shop", state: "WaitingForCutoverTrigger", tablesCompleted: 10 },
  ]);
  expect(waiting.databases[0]?.followFigures).toMatchObject({ lagMs: 2500, inserts: 7 });
  // Another worker goes on with it where this one left.
  await worker.stop();
  worker = await startWorker({ databaseUrl: testStore.url, name: "second" });
  await requestCutover({ migrationId: id, actor: "test" });
  const ended = await until(id, ({ substate }) => substate === "Completed");
  expect(ended.state).toBe("Succeeded");
  expect(ended.secrets).toEqual([]);
  const sent = arm.seen.filter(({ path }) => path.endsWith(`/migrations/${ended.name}`));
  expect(sent.filter(({ method }) => method === "PUT")).toHaveLength(1);
  expect(sent.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([
    { properties: { triggerCutover: "True", dbsToTriggerCutoverOn: ["shop"] } },
  ]);
  const log = JSON.stringify(ended.events.map(({ message }) => message));
  expect(log).toContain("094baadd-0000-0000-0000-000000000000");
  expect(log).not.toContain("secret");
});

it("hands a cancel on, and waits until Azure has canceled", async () => {
  const id = await create("Online");
  await until(id, ({ substate }) => substate === "WaitingForCutoverTrigger");
  await requestCancel({ migrationId: id, actor: "test" });
  const ended = await until(id, ({ substate }) => substate === "Completed");
  expect(ended.state).toBe("Canceled");
});

it("goes on when the sign-in has expired for a while: Azure did not stop meanwhile", async () => {
  const id = await create("Offline");
  await until(id, ({ substate }) => substate === "ValidationInProgress" || substate === "MigratingData");
  for (let times = 0; times < 2; times++) arm.failNext(/^GET .*migrations\/a-3$/, "error-401-expired-token");
  const ended = await until(id, ({ substate }) => substate === "Completed");
  expect(ended.state).toBe("Succeeded");
  expect(ended.events.filter(({ message }) => message.includes("token expiry"))).toHaveLength(1);
});

it("waits out a throttle and what is not visible yet, and says a missing right by name", async () => {
  arm.failNext(/^GET .*migrations\/a-4$/, "error-404-resource-not-found");
  const id = await create("Offline");
  expect((await until(id, ({ substate }) => substate === "Completed")).state).toBe("Succeeded");
  arm.failNext(/^PUT .*migrations\/a-5$/, "error-403-authorization-failed");
  const refused = await until(await create("Offline"), ({ substate }) => substate === "Completed");
  expect(refused).toMatchObject({ state: "Failed", errorCode: "AZURE_RIGHT_MISSING" });
});

it("refuses a target that was not found in Azure", async () => {
  await store().server.update({ where: { id: serverId }, data: { azureResourceId: null } });
  await expect(create("Offline")).rejects.toMatchObject({ code: "AZURE_TARGET_UNKNOWN" });
  await store().server.update({ where: { id: serverId }, data: { azureResourceId: SERVER } });
});
