import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { serveMigrations } from "@/lib/azure/testing/stand-in-migrations";
import { serveParameters } from "@/lib/azure/testing/stand-in-parameters";
import { PRINCIPAL } from "@/lib/azure/testing/stand-in-sign-in";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import type { Server } from "@/lib/generated/prisma/client";
import { migrationResourceId, serverResourceId } from "@/lib/migrations/resource-paths";
import type { ValidationDetails, ValidationMessage } from "@/lib/migrations/validation-details";
import { literal } from "@/lib/postgres/sql";
import { type ServedApp, serveApp } from "@/lib/server/testing/serve-app";
import { createApiToken } from "@/lib/store/access-tokens";
import { saveAzurePrincipal } from "@/lib/store/azure-principal";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { startWorker, type Worker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));

const VERSION = "api-version=2025-08-01";
const AZURE_ID =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/exampleresourcegroup2/providers/Microsoft.DBforPostgreSQL/flexibleServers/exampleserver2";
/** Of Azure's own libraries the servers here have only these. */
const LIBRARIES = ["pg_stat_statements", "pg_prewarm"];
const folder = mkdtempSync(join(tmpdir(), "howdah-azure-app-"));

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let arm: StandInArm;
let app: ServedApp;
let worker: Worker;
let server: Server;
let token: string;
let count = 0;

/** What is set in Azure comes true on the target. */
async function setOnTarget(name: string, value: string | null): Promise<void> {
  const members = (value ?? "").split(",").filter((member) => member !== "");
  const isList = name === "shared_preload_libraries";
  const there = isList ? members.filter((one) => LIBRARIES.includes(one)) : [members.join(",")];
  await runSql(
    settingsOf(target),
    `alter system set ${name} = ${there.map((one) => literal(one)).join(", ")}`,
    "select pg_reload_conf()",
  );
}

beforeAll(async () => {
  [testStore, arm, source, target] = await Promise.all([
    startTestStore(),
    StandInArm.start(),
    startTestServer(16),
    startTestServer(17),
  ]);
  serveMigrations(arm);
  serveParameters(arm, {
    set: setOnTarget,
    async restart() {
      target = await target.restart();
    },
    isQuick: true,
  });
  writeFileSync(join(folder, "ca.pem"), arm.ca);
  vi.stubEnv("HOWDAH_AZURE_ENDPOINT", arm.endpoint);
  vi.stubEnv("AZURE_AUTHORITY_HOST", arm.endpoint);
  vi.stubEnv("HOWDAH_AZURE_CA_FILE", join(folder, "ca.pem"));
  vi.stubEnv("HOWDAH_AZURE_POLL_SECONDS", "0.1");
  await saveAzurePrincipal(PRINCIPAL);
  app = await serveApp();
  token = await createApiToken({ name: "operator", role: "operator" });
  const { id } = await registerServer(target);
  server = await store().server.update({ where: { id }, data: { azureResourceId: AZURE_ID } });
  await runSql(settingsOf(source), "create database shop");
  await runSql(
    settingsOf(source, "shop"),
    "create extension pg_trgm",
    "create extension pg_prewarm",
    "create table item (id int primary key, name text)",
    "insert into item select n, 'item ' || n from generate_series(1, 500) n",
  );
  await setOnTarget("azure.extensions", "");
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});

afterAll(async () => {
  await worker?.stop();
  await Promise.all([app, testStore, arm, source, target].map((each) => each?.[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function send(method: string, path: string, body?: unknown) {
  const response = await fetch(app.baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // The answers' shapes are checked by the served app itself.
  const answer: ReturnType<typeof JSON.parse> = await response.json();
  return { status: response.status, headers: response.headers, body: answer };
}

async function until<T>(what: string, look: () => Promise<T | null | false>): Promise<T> {
  const end = performance.now() + 50_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what}: not within 50 s`);
    await sleep(50);
  }
}

/** Creates a migration and waits for its end; its ARM id. */
async function migrate(properties: object): Promise<string> {
  const name = `azure-${++count}`;
  const body = bodyOf(source, target, { dbsToMigrate: ["shop"], ...properties });
  const { id } = await createMigration({ server, name, body, actor: "test" });
  await until("the end of the migration", async () => {
    const row = await store().migration.findUniqueOrThrow({ where: { id } });
    return row.substate === "Completed";
  });
  return migrationResourceId(serverResourceId({ ...server, serverName: server.name }), name);
}

async function read(resource: string) {
  return (await send("GET", `${resource}?${VERSION}`)).body.properties;
}

/** What a validation says, by rule. */
async function validate(): Promise<Map<string, ValidationMessage>> {
  const { currentStatus } = await read(await migrate({ migrationOption: "Validate" }));
  const details: ValidationDetails = currentStatus.currentSubStateDetails.validationDetails;
  return new Map(
    [
      ...details.serverLevelValidationDetails,
      ...details.dbLevelValidationDetails.flatMap(({ summary }) => summary),
    ]
      .flatMap(({ messages }) => messages)
      .map((message) => [message.rule ?? "", message]),
  );
}

describe("a target that was found in Azure", () => {
  const needs = new URLSearchParams({
    id: AZURE_ID,
    extensions: "pg_trgm,pg_prewarm",
    libraries: "pg_prewarm",
  });

  it("is set right in Azure, and the findings are gone", async () => {
    const before = await validate();
    expect(before.get("extensions-available")).toMatchObject({
      state: "Failed",
      objects: ["pg_prewarm", "pg_trgm"],
    });
    expect(before.get("preloaded-libraries")).toMatchObject({ state: "Failed", objects: ["pg_prewarm"] });
    const plan = await send("GET", `/api/azure/server/allowances?${needs}`);
    expect(plan.body).toMatchObject({
      changes: [
        { name: "azure.extensions", added: ["pg_trgm", "pg_prewarm"], needsRestart: false },
        { name: "shared_preload_libraries", added: ["pg_prewarm"], needsRestart: true },
      ],
      notAllowed: [],
    });
    const extensions = { id: AZURE_ID, parameter: "azure.extensions", add: ["pg_trgm", "pg_prewarm"] };
    const set = await send("POST", "/api/azure/server/allowances", { ...extensions, restart: false });
    expect([set.status, set.body.value, set.body.hasRestarted]).toEqual([200, "pg_trgm,pg_prewarm", false]);
    const between = await validate();
    expect(between.get("extensions-available")?.state).toBe("Succeeded");
    expect(between.get("preloaded-libraries")?.state).toBe("Failed");
    const libraries = { id: AZURE_ID, parameter: "shared_preload_libraries", add: ["pg_prewarm"] };
    const restarted = await send("POST", "/api/azure/server/allowances", { ...libraries, restart: true });
    expect(restarted.body).toMatchObject({ hasRestarted: true, isPendingRestart: false });
    const after = await validate();
    expect(after.get("preloaded-libraries")?.state).toBe("Succeeded");
    expect((await send("GET", `/api/azure/server/allowances?${needs}`)).body.changes).toEqual([]);
    const audited = await store().auditEvent.findMany({ where: { action: "Howdah/azureServers/write" } });
    expect(audited).toHaveLength(2);
  });

  it("a sign-in that has expired is told with what to do", async () => {
    arm.failNext(/^GET \/subscriptions$/, "error-401-expired-token");
    const { status, body } = await send("GET", "/api/azure/subscriptions");
    expect([status, body.error.code]).toEqual([502, "AZURE_TOKEN_REFUSED"]);
    expect(body.error.message).toContain("access token expiry");
    expect(body.error.additionalInfo[0].info.remedy).toMatch(/^Sign in again \(az login\)/);
    expect((await send("GET", "/api/azure/subscriptions")).status).toBe(200);
  });

  it("only when it is registered here, and only to what Azure offers", async () => {
    const other = AZURE_ID.replace("exampleserver2", "exampleserver1");
    const body = { id: other, parameter: "azure.extensions", add: ["pg_trgm"], restart: true };
    expect((await send("POST", "/api/azure/server/allowances", body)).status).toBe(404);
    const odd = await send("POST", "/api/azure/server/allowances", { ...body, id: AZURE_ID, add: ["plr"] });
    expect([odd.status, odd.body.error.message]).toEqual([400, "Azure does not offer plr on this server."]);
    expect((await send("GET", `/api/azure/server/allowances?id=x`)).status).toBe(400);
  });

  it("is judged by what Azure tells of it, or is said not to be", async () => {
    const told = await validate();
    expect(told.get("azure-read-replicas")).toMatchObject({
      state: "Warning",
      code: "AZURE_READ_REPLICAS",
      objects: ["exampleserver2-replica"],
    });
    expect(told.get("azure-high-availability")?.state).toBe("Succeeded");
    expect(told.get("azure-compute-size")?.message).toBe("The target is Standard_D4ds_v5, GeneralPurpose.");
    expect(told.get("target-storage")?.message).toMatch(/the target has 1\d\d(\.\d)? GB free/);
    arm.failNext(/^GET .*flexibleServers\/exampleserver2$/, "error-403-authorization-failed");
    const silent = await validate();
    for (const rule of ["azure-read-replicas", "azure-high-availability", "azure-compute-size"])
      expect(silent.get(rule)).toMatchObject({ state: "Warning", notChecked: true });
    expect(silent.get("azure-compute-size")?.message).toContain("Azure could not be asked.");
    await store().server.update({ where: { id: server.id }, data: { azureResourceId: null } });
    expect((await validate()).has("azure-compute-size")).toBe(false);
    await store().server.update({ where: { id: server.id }, data: { azureResourceId: AZURE_ID } });
  });

  it("is told of with the migration, as its source is", async () => {
    const { sourceDbServerMetadata, targetDbServerMetadata } = await read(
      await migrate({ migrationOption: "Validate" }),
    );
    expect(targetDbServerMetadata).toEqual({
      location: "eastus",
      version: expect.stringMatching(/^1\d/),
      storageMb: 131_072,
      sku: { name: "Standard_D4ds_v5", tier: "GeneralPurpose" },
    });
    expect(sourceDbServerMetadata).toEqual({ version: expect.stringMatching(/^16\./) });
  });

  it("is warned of when it has few vCores for large databases, and only then", async () => {
    arm.handle(({ method, path }) => {
      const recorded = method === "GET" && path === AZURE_ID ? arm.recorded(path) : null;
      const sku = { name: "Standard_D2ds_v5", tier: "GeneralPurpose" };
      return recorded && { ...recorded, body: { ...(recorded.body as object), sku } };
    });
    const size = async () => (await validate()).get("azure-compute-size");
    expect(await size()).toMatchObject({ state: "Succeeded" });
    const [database] = await queryRows<{ oid: number }>(
      settingsOf(source),
      "select oid from pg_catalog.pg_database where datname = 'shop'",
    );
    // PostgreSQL counts every file of a database's folder. This one takes no room on the disk.
    const file = join(source.dataDirectory, "base", String(database?.oid), "large");
    writeFileSync(file, "");
    truncateSync(file, 120e9);
    try {
      expect(await size()).toMatchObject({
        state: "Warning",
        code: "AZURE_COMPUTE_SMALL",
        message: "The target has 2 vCores (Standard_D2ds_v5) for 120 GB of databases.",
      });
    } finally {
      rmSync(file);
    }
  });

  it("is warned of when a standby follows it, or when it is small", async () => {
    arm.handle(({ method, path }) => {
      const recorded = method === "GET" && path === AZURE_ID ? arm.recorded(path) : null;
      const body = recorded?.body as { properties: object } | undefined;
      const highAvailability = { mode: "ZoneRedundant", state: "Healthy" };
      const sku = { name: "Standard_B1ms", tier: "Burstable" };
      const properties = { ...body?.properties, storage: { storageSizeGB: 0 }, highAvailability };
      return recorded && { ...recorded, body: { ...body, sku, properties } };
    });
    const told = await validate();
    expect(told.get("azure-high-availability")).toMatchObject({
      state: "Warning",
      message: "High availability of the target is on (ZoneRedundant).",
    });
    expect(told.get("azure-compute-size")).toMatchObject({
      state: "Warning",
      message: "The target is of the Burstable tier (Standard_B1ms).",
    });
    expect(told.get("target-storage")).toMatchObject({
      state: "Warning",
      message: expect.stringMatching(/has only 0 B free/),
    });
  });
});

describe("a migration that Azure's service ran", () => {
  async function verify(resource: string): Promise<string> {
    const started = await send("POST", `${resource}/verify?${VERSION}`, {
      secretParameters: {
        adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
      },
    });
    expect([started.status, started.body.error]).toEqual([202, undefined]);
    const { pathname, search } = new URL(started.headers.get("azure-asyncoperation") ?? "");
    return await until("the end of the verification", async () => {
      const { body } = await send("GET", pathname + search);
      return body.status !== "InProgress" && `${body.status}: ${body.properties.state}`;
    });
  }

  it("is verified by Howdah against both servers", async () => {
    const resource = await migrate({ howdah: { runBy: "azure" } });
    expect((await read(resource)).targetDbServerMetadata).toMatchObject({
      sku: { name: "Standard_D4ds_v4" },
    });
    // What the service would have moved by now.
    await runSql(settingsOf(target), "create database shop template template0");
    await runSql(
      settingsOf(target, "shop"),
      "create extension pg_trgm",
      "create extension pg_prewarm",
      "create table item (id int primary key, name text)",
      "insert into item select n, 'item ' || n from generate_series(1, 500) n",
    );
    expect(await verify(resource)).toBe("Succeeded: equal");
    await runSql(settingsOf(target, "shop"), "update item set name = 'other' where id = 7");
    expect(await verify(resource)).toBe("Failed: different");
  });
});
