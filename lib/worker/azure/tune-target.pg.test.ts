import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { AzureAccount } from "@/lib/azure/azure-account";
import { readParameter, setParameter } from "@/lib/azure/server-parameters";
import { StandInArm } from "@/lib/azure/testing/stand-in-arm";
import { serveParameters } from "@/lib/azure/testing/stand-in-parameters";
import { PRINCIPAL } from "@/lib/azure/testing/stand-in-sign-in";
import { TUNED_PARAMETERS } from "@/lib/azure/tune-target";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import type { Server } from "@/lib/generated/prisma/client";
import { saveAzurePrincipal } from "@/lib/store/azure-principal";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { removeMigration, requestCancel } from "@/lib/store/wishes";
import { programArguments } from "@/lib/util/testing/test-programs";
import type { Engine } from "../engine";
import { startWorker, type Worker } from "../start-worker";
import { slowEngine } from "../testing/slow-engine";
import { restoreLeftTargets } from "./restore-target";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const ID = {
  subscriptionId: "11111111-1111-1111-1111-111111111111",
  resourceGroup: "exampleresourcegroup2",
  serverName: "exampleserver2",
};
const RESOURCE = `/subscriptions/${ID.subscriptionId}/resourceGroups/${ID.resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${ID.serverName}`;
const AS_THEY_WERE = { max_wal_size: "12288", checkpoint_timeout: "900", wal_compression: "off" };
const TUNED = { max_wal_size: "13107", checkpoint_timeout: "3600", wal_compression: "on" };
const folder = mkdtempSync(join(tmpdir(), "howdah-tuning-"));
const signal = AbortSignal.timeout(300_000);

let testStore: TestStore;
let arm: StandInArm;
let account: AzureAccount;
let source: TestServer;
let target: TestServer;
let server: Server;
let worker: Worker | null = null;
let count = 0;
/** What the store held of the migration when the first change was asked for. */
let storedAtFirstChange: unknown;

beforeAll(async () => {
  [testStore, arm, source, target] = await Promise.all([
    startTestStore(),
    StandInArm.start(),
    startTestServer(16),
    startTestServer(17),
  ]);
  serveParameters(arm, {
    async set() {
      if (storedAtFirstChange !== undefined) return;
      const row = await store().migration.findFirst({ orderBy: { createdAt: "desc" } });
      storedAtFirstChange = row?.targetTuning ?? null;
    },
    async restart() {},
    isQuick: true,
  });
  writeFileSync(join(folder, "ca.pem"), arm.ca);
  vi.stubEnv("HOWDAH_AZURE_ENDPOINT", arm.endpoint);
  vi.stubEnv("AZURE_AUTHORITY_HOST", arm.endpoint);
  vi.stubEnv("HOWDAH_AZURE_CA_FILE", join(folder, "ca.pem"));
  await saveAzurePrincipal(PRINCIPAL);
  account = new AzureAccount({ principal: PRINCIPAL });
  const { id } = await registerServer(target);
  server = await store().server.update({ where: { id }, data: { azureResourceId: RESOURCE } });
});

beforeEach(async () => {
  for (const name of TUNED_PARAMETERS) await setParameter(account, ID, { name, value: null }, signal);
  await setParameter(account, ID, { name: "checkpoint_timeout", value: "900" }, signal);
  storedAtFirstChange = undefined;
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
});
afterAll(async () => {
  await Promise.all([testStore, arm, source, target].map((each) => each?.[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function work(engine: Engine): Promise<void> {
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester", engine });
}

async function create(howdah: object = { tuneTarget: true }): Promise<string> {
  const name = `tuned${++count}`;
  await runSql(settingsOf(source), `create database ${name}`);
  const body = bodyOf(source, target, { dbsToMigrate: [name], migrationOption: "Migrate", howdah });
  return (await createMigration({ server, name, body, actor: "test" })).id;
}

function read(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: { databases: true, events: { orderBy: { id: "asc" } } },
  });
}

type Row = Awaited<ReturnType<typeof read>>;

async function until(id: string, look: (row: Row) => boolean): Promise<Row> {
  const end = performance.now() + 40_000;
  for (;;) {
    const row = await read(id);
    if (look(row)) return row;
    if (performance.now() > end)
      throw new Error(`still ${row.state}/${row.substate}: ${row.events.at(-1)?.message}`);
    await sleep(50);
  }
}

const hasEnded = ({ substate }: Row) => substate === "Completed";
const copies = ({ databases }: Row) => (databases[0]?.bytesCopied ?? 0n) > 0n;
const said = ({ events }: Row) =>
  events.filter(({ kind }) => kind.startsWith("target-")).map(({ message }) => message);

async function parameters(): Promise<Record<string, string>> {
  const names = Object.keys(AS_THEY_WERE);
  const values = await Promise.all(names.map((name) => readParameter(account, ID, name, signal)));
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}

it("tunes before the copy, keeps the former values before the first change, and puts them back at the end", async () => {
  const id = await create();
  await work(slowEngine({ rows: 40, pauseMs: 20 }));
  await until(id, copies);
  expect(await parameters()).toEqual(TUNED);
  expect(storedAtFirstChange).toMatchObject([
    { name: "max_wal_size", before: null, valueBefore: "12288", isSet: false },
    { name: "checkpoint_timeout", before: "900", valueBefore: "900", isSet: false },
    { name: "wal_compression", before: null, valueBefore: "off", isSet: false },
  ]);
  const ended = await until(id, hasEnded);
  expect([ended.state, ended.targetTuning]).toEqual(["Succeeded", null]);
  expect(await parameters()).toEqual(AS_THEY_WERE);
  expect(said(ended)).toEqual([
    "The target is tuned for the time of the migration: max_wal_size, checkpoint_timeout, wal_compression.",
    "Set on the target: max_wal_size = 13107 (was 12288).",
    "Set on the target: checkpoint_timeout = 3600 (was 900).",
    "Set on the target: wal_compression = on (was off).",
    "Put back on the target: max_wal_size = 12288.",
    "Put back on the target: checkpoint_timeout = 900.",
    "Put back on the target: wal_compression = off.",
  ]);
  // Azure told of the target meanwhile.
  expect(ended.targetMetadata).toMatchObject({ location: "eastus", storageMb: 131_072 });
  expect(ended.sourceMetadata).toMatchObject({ version: expect.stringMatching(/^16/) });
});

it("puts them back after a failure and after a cancel; nothing is touched where nobody asked", async () => {
  const failed = await create();
  await work(slowEngine({ rows: 400, pauseMs: 50, failing: [`tuned${count}`] }));
  expect((await until(failed, hasEnded)).state).toBe("Failed");
  expect(await parameters()).toEqual(AS_THEY_WERE);
  const canceled = await create();
  await until(canceled, copies);
  expect(await parameters()).toEqual(TUNED);
  await requestCancel({ migrationId: canceled, actor: "test" });
  const row = await until(canceled, hasEnded);
  expect([row.state, row.targetTuning]).toEqual(["Canceled", null]);
  expect(await parameters()).toEqual(AS_THEY_WERE);
  const changes = () => arm.seen.filter(({ method }) => method === "PATCH").length;
  const before = changes();
  const plain = await create({});
  await until(plain, copies);
  await requestCancel({ migrationId: plain, actor: "test" });
  expect(said(await until(plain, hasEnded))).toEqual([]);
  expect(changes()).toBe(before);
});

it("a parameter that somebody changes meanwhile is left alone, and the log says so", async () => {
  const id = await create();
  await work(slowEngine({ rows: 400, pauseMs: 50 }));
  await until(id, copies);
  await setParameter(account, ID, { name: "checkpoint_timeout", value: "1800" }, signal);
  await requestCancel({ migrationId: id, actor: "test" });
  const ended = await until(id, hasEnded);
  expect(await parameters()).toEqual({ ...AS_THEY_WERE, checkpoint_timeout: "1800" });
  expect(said(ended)).toContain(
    "checkpoint_timeout is left at 1800 on the target: somebody changed it meanwhile. Howdah had set 3600, before it was 900.",
  );
});

it("what two migrations hold is put back by the one that ends last", async () => {
  const [first, second] = [await create(), await create()];
  await work(slowEngine({ rows: 400, pauseMs: 50 }));
  await until(first, copies);
  await until(second, copies);
  await requestCancel({ migrationId: first, actor: "test" });
  const ended = await until(first, hasEnded);
  expect(said(ended)).toContain(`max_wal_size stays at 13107 on the target until tuned${count} ends.`);
  expect(await parameters()).toEqual(TUNED);
  await requestCancel({ migrationId: second, actor: "test" });
  await until(second, hasEnded);
  expect(await parameters()).toEqual(AS_THEY_WERE);
});

it("a target that Azure does not let Howdah put back is put back later, and its record is kept until then", async () => {
  const id = await create();
  await work(slowEngine({ rows: 100, pauseMs: 30 }));
  await until(id, copies);
  arm.failNext(/^GET .*configurations/, "error-403-authorization-failed");
  const ended = await until(id, hasEnded);
  expect(ended.state).toBe("Succeeded");
  expect(said(ended).at(-1)).toMatch(
    /^Not put back on the target yet: max_wal_size = 12288, .*Howdah tries again every minute\. /,
  );
  const wish = { migrationId: id, actor: "test" };
  await expect(removeMigration(wish)).rejects.toMatchObject({ code: "TARGET_NOT_RESTORED" });
  await restoreLeftTargets(signal);
  expect(await parameters()).toEqual(AS_THEY_WERE);
  expect((await read(id)).targetTuning).toBeNull();
  await removeMigration(wish);
});

it("a server that refuses to be tuned is moved into all the same", async () => {
  arm.failNext(/^PATCH .*max_wal_size$/, "error-403-authorization-failed");
  const id = await create();
  await work(slowEngine({ rows: 10, pauseMs: 10 }));
  const ended = await until(id, hasEnded);
  expect(ended.state).toBe("Succeeded");
  expect(said(ended).join(" ")).toContain("configurations/write");
  expect(await parameters()).toEqual(AS_THEY_WERE);
});

it("another worker puts back what a killed one had set, and had only begun to set", async () => {
  const child = spawn(process.execPath, [...programArguments("worker-process"), "4000", "50"], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: testStore.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), exited]);
  const id = await create();
  await until(id, ({ targetTuning }) => JSON.stringify(targetTuning).includes('"isSet":true'));
  child.kill("SIGKILL");
  await exited;
  await work(slowEngine({ rows: 20, pauseMs: 20 }));
  const ended = await until(id, hasEnded);
  expect([ended.state, ended.workerName, ended.targetTuning]).toEqual(["Succeeded", "tester", null]);
  expect(await parameters()).toEqual(AS_THEY_WERE);
}, 60_000);
