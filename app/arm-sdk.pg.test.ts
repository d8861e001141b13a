import { setTimeout as sleep } from "node:timers/promises";
import type { Migration } from "@azure/arm-postgresql-flexible";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { connect } from "@/lib/postgres/connect";
import { azureClient } from "@/lib/server/testing/azure-client";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { startWorker, type Worker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));

/** Azure's own client, unchanged but for plain HTTP, drives a migration from registration to its end. */
const GROUP = "local";
const SERVER = "sdk-target";

let app: ServedApp;
let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let worker: Worker;
let client: ReturnType<typeof azureClient>;
let token: string;

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  app = await serveApp();
  token = await createApiToken({ name: "sdk", role: "operator" });
  client = azureClient(app.baseUrl, token);
  worker = await startWorker({ databaseUrl: testStore.url, name: "sdk-worker" });
  await prepareSource();
  await registerTarget();
});
afterAll(async () => {
  await worker?.stop();
  await app?.[Symbol.asyncDispose]();
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function prepareSource(): Promise<void> {
  const maintenance = await connect({ ...source, database: "postgres", sslMode: "Prefer" });
  await maintenance.query("create database shop");
  await maintenance.end();
  const shop = await connect({ ...source, database: "shop", sslMode: "Prefer" });
  await shop.query("create table item (id int primary key, name text not null)");
  await shop.query("insert into item select n, 'item ' || n from generate_series(1, 1000) n");
  await shop.end();
}

/** The client leaves read-only properties such as the host name out of a PUT, so a server is registered without it. */
async function registerTarget(): Promise<void> {
  const path = `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${SERVER}`;
  const response = await fetch(`${app.baseUrl}${path}?api-version=2025-08-01`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      properties: {
        fullyQualifiedDomainName: target.host,
        administratorLogin: target.user,
        administratorLoginPassword: target.password,
        howdah: { port: target.port },
      },
    }),
  });
  expect(response.status).toBe(201);
}

function migration(overrides: Partial<Migration> = {}): Migration {
  return {
    location: "local",
    migrationMode: "Offline",
    migrationOption: "ValidateAndMigrate",
    sourceType: "OnPremises",
    sslMode: "Prefer",
    sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
    secretParameters: {
      adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
    },
    dbsToMigrate: ["shop"],
    overwriteDbsInTarget: "False",
    ...overrides,
  };
}

async function ended(name: string): Promise<Migration> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const found = await client.migrations.get(GROUP, SERVER, name);
    if (found.currentStatus?.currentSubStateDetails?.currentSubState === "Completed") return found;
    await sleep(100);
  }
  throw new Error(`${name} did not end within 30 s`);
}

async function names(filter?: "Active" | "All"): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  const options = filter ? { migrationListFilter: filter } : {};
  for await (const each of client.migrations.listByTargetServer(GROUP, SERVER, options))
    found.push(each.name);
  return found;
}

test("servers are read and listed", async () => {
  const server = await client.servers.get(GROUP, SERVER);
  expect(server).toMatchObject({
    name: SERVER,
    version: "17",
    administratorLogin: target.user,
    state: "Ready",
  });
  const listed: (string | undefined)[] = [];
  for await (const each of client.servers.listBySubscription()) listed.push(each.name);
  for await (const each of client.servers.listByResourceGroup("LOCAL")) listed.push(each.name);
  expect(listed).toEqual([SERVER, SERVER]);
});

test("a migration runs from create to succeeded, and shows what was asked for it", async () => {
  const available = await client.migrations.checkNameAvailability(GROUP, SERVER, {
    name: "sdk1",
    type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
  });
  expect(available).toMatchObject({ name: "sdk1", nameAvailable: true });

  const created = await client.migrations.create(GROUP, SERVER, "sdk1", migration());
  expect(created).toMatchObject({
    name: "sdk1",
    type: "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
    currentStatus: { state: "InProgress" },
    migrationMode: "Offline",
    migrationOption: "ValidateAndMigrate",
    dbsToMigrate: ["shop"],
    overwriteDbsInTarget: "False",
    triggerCutover: "True",
  });
  expect(created.migrationWindowStartTimeInUtc).toBeInstanceOf(Date);
  expect(created.secretParameters).toBeUndefined();

  const done = await ended("sdk1");
  expect(done.currentStatus?.error).toBeUndefined();
  expect(done.currentStatus).toMatchObject({
    state: "Succeeded",
    currentSubStateDetails: {
      currentSubState: "Completed",
      dbDetails: {
        shop: {
          databaseName: "shop",
          migrationState: "Succeeded",
          fullLoadCompletedTables: 1,
          fullLoadErroredTables: 0,
          endedOn: expect.any(Date),
        },
      },
      validationDetails: { status: expect.stringMatching(/Succeeded|Warning/) },
    },
  });
  const copy = await connect({ ...target, database: "shop", sslMode: "Prefer" });
  try {
    expect((await copy.query("select count(*)::int as rows, max(name) as last from item")).rows).toEqual([
      { rows: 1000, last: "item 999" },
    ]);
  } finally {
    await copy.end();
  }
});

test("an existing database is asked about; update confirms, and the list tells active from all", async () => {
  await client.migrations.create(GROUP, SERVER, "sdk2", migration({ migrationOption: "Migrate" }));
  await expect
    .poll(
      async () =>
        (await client.migrations.get(GROUP, SERVER, "sdk2")).currentStatus?.currentSubStateDetails
          ?.currentSubState,
      { timeout: 20_000 },
    )
    .toBe("WaitingForTargetDBOverwriteConfirmation");
  expect(await names()).toEqual(["sdk2"]);
  await client.migrations.update(GROUP, SERVER, "sdk2", { overwriteDbsInTarget: "True" });
  expect((await ended("sdk2")).currentStatus?.state).toBe("Succeeded");
  expect(await names()).toEqual([]);
  expect(await names("All")).toEqual(["sdk2", "sdk1"]);
});

test("cancel answers with the migration, and later with nothing", async () => {
  await client.migrations.create(GROUP, SERVER, "sdk3", migration({ migrationOption: "Migrate" }));
  const canceling = await client.migrations.cancel(GROUP, SERVER, "sdk3");
  expect(canceling).toMatchObject({ name: "sdk3" });
  expect((await ended("sdk3")).currentStatus?.state).toBe("Canceled");
  await client.migrations.cancel(GROUP, SERVER, "sdk3");
});

test("errors arrive with code and status as the client reads them", async () => {
  await expect(client.migrations.get(GROUP, SERVER, "none")).rejects.toMatchObject({
    name: "RestError",
    statusCode: 404,
    code: "ResourceNotFound",
    message: expect.stringContaining("under resource group 'local' was not found"),
  });
  await expect(
    client.migrations.create(GROUP, SERVER, "sdk1", migration({ dbsToMigrate: ["postgres"] })),
  ).rejects.toMatchObject({ statusCode: 409, code: "MIGRATION_NAME_TAKEN" });
  await expect(
    client.migrations.update(GROUP, SERVER, "sdk1", { triggerCutover: "True" }),
  ).rejects.toMatchObject({
    statusCode: 400,
    code: "InvalidParameterValue",
  });
  await expect(client.migrations.update(GROUP, SERVER, "sdk1", { cancel: "True" })).rejects.toMatchObject({
    statusCode: 409,
    code: "ACTION_NOT_ALLOWED",
  });
  const elsewhere = azureClient(app.baseUrl, token, "11111111-1111-1111-1111-111111111111");
  await expect(elsewhere.servers.get(GROUP, SERVER)).rejects.toMatchObject({ code: "SubscriptionNotFound" });
  await expect(azureClient(app.baseUrl, "wrong").servers.get(GROUP, SERVER)).rejects.toMatchObject({
    statusCode: 401,
    code: "InvalidAuthenticationToken",
  });
});
