import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { Server } from "@/lib/generated/prisma/client";
import { connect } from "@/lib/postgres/connect";
import { ident } from "@/lib/postgres/sql";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { programArguments } from "@/lib/util/testing/test-programs";
import { underLoad } from "@/lib/util/testing/under-load";
import { takeOverLimitMs } from "./testing/take-over-limit";

const ROOT = join(import.meta.dirname, "..", "..");

interface WorkerProcess {
  child: ChildProcess;
  name: string;
  exited: Promise<number | null>;
  log: () => string;
}

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let server: Server;
const processes: WorkerProcess[] = [];

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  server = await registerServer(target);
});

afterEach(async () => {
  for (const { child, exited } of processes.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
});

afterAll(async () => {
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function startProcess(rows: number, pauseMs: number): Promise<WorkerProcess> {
  const child = spawn(
    process.execPath,
    [...programArguments("worker-process"), String(rows), String(pauseMs)],
    {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: testStore.url, HOWDAH_LOG_LEVEL: "debug" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  await Promise.race([
    ready,
    exited.then((code) => Promise.reject(new Error(`worker ended: ${code}\n${log}`))),
  ]);
  const started = { child, name: `process-${child.pid}`, exited, log: () => log };
  processes.push(started);
  return started;
}

async function create(name: string, databases: string[]): Promise<string> {
  for (const database of databases) await run(source, "postgres", `create database ${ident(database)}`);
  // One database after the other.
  const howdah = { jobs: 1 };
  const body = bodyOf(source, target, { dbsToMigrate: databases, migrationOption: "Migrate", howdah });
  return (await createMigration({ server, name, body, actor: "test" })).id;
}

async function run(on: TestServer, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect({ ...on, database, sslMode: "Prefer" });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function waitFor<T>(
  what: string,
  ms: number,
  look: () => Promise<T | null | false | undefined>,
): Promise<T> {
  const limitMs = underLoad(ms);
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(
    `${what}: not within ${limitMs} ms\n${processes.map(({ log }) => log().slice(-2000)).join("\n---\n")}`,
  );
}

function migration(id: string) {
  return store().migration.findUniqueOrThrow({
    where: { id },
    include: { databases: { orderBy: { position: "asc" } }, events: true },
  });
}

it("a killed worker's migration is taken over within 15 s; finished databases stay, the rest is redone", async () => {
  const first = await startProcess(150, 20);
  const id = await create("killed", ["kept", "broken_off"]);
  await waitFor("the second database under way", 20_000, async () => {
    const { databases } = await migration(id);
    return databases[0]?.state === "Succeeded" && (databases[1]?.bytesCopied ?? 0n) > 0n;
  });
  const second = await startProcess(20, 5);
  const [before] = await run(target, "kept", "select xmin::text from items where id = 1");
  const { runEpoch } = await migration(id);
  const killed = performance.now();
  first.child.kill("SIGKILL");
  await waitFor("taken over", takeOverLimitMs(), async () => (await migration(id)).runEpoch > runEpoch);
  expect(performance.now() - killed).toBeLessThan(takeOverLimitMs());
  const row = await waitFor("ended", 20_000, async () => {
    const now = await migration(id);
    return now.substate === "Completed" && now;
  });
  expect([row.state, row.workerName]).toEqual(["Succeeded", second.name]);
  expect(row.events.map(({ kind }) => kind)).toContain("worker-took-over");
  expect(await run(target, "kept", "select xmin::text from items where id = 1")).toEqual([before]);
  const rows = "select count(*)::int as n, count(distinct worker_pid)::int as workers from items";
  expect(await run(target, "broken_off", rows)).toEqual([{ n: 20, workers: 1 }]);
  for (const { log } of [first, second]) {
    expect(log()).toContain("migration taken");
    expect(log()).not.toContain(source.password);
    expect(log()).not.toContain(target.password);
    expect(log()).not.toContain(testStore.server.password);
  }
}, 180_000);

it("two workers share the migrations and never run the same one", async () => {
  await Promise.all([startProcess(40, 10), startProcess(40, 10)]);
  const ids: string[] = [];
  for (let index = 0; index < 8; index++) ids.push(await create(`shared-${index}`, [`shared_${index}`]));
  const rows = await waitFor("all ended", 40_000, async () => {
    const now = await Promise.all(ids.map(migration));
    return now.every(({ substate }) => substate === "Completed") && now;
  });
  expect(rows.map(({ state, error }) => [state, error])).toEqual(ids.map(() => ["Succeeded", null]));
  expect(rows.map(({ runEpoch }) => runEpoch)).toEqual(ids.map(() => 1));
  expect(new Set(rows.map(({ workerName }) => workerName)).size).toBe(2);
}, 180_000);

it("a stopped worker stops at once and another goes on", async () => {
  const first = await startProcess(2_000, 20);
  const id = await create("released", ["released"]);
  await waitFor(
    "under way",
    15_000,
    async () => ((await migration(id)).databases[0]?.bytesCopied ?? 0n) > 0n,
  );
  const asked = performance.now();
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  expect(performance.now() - asked).toBeLessThan(underLoad(4_000));
  await startProcess(10, 5);
  const row = await waitFor("ended", 20_000, async () => {
    const now = await migration(id);
    return now.substate === "Completed" && now;
  });
  expect(row.state).toBe("Succeeded");
  expect(row.events.map(({ kind }) => kind)).toContain("worker-released");
}, 180_000);

it("a worker that was frozen wakes up without touching what another one has done since", async () => {
  const first = await startProcess(400, 20);
  const id = await create("frozen", ["frozen"]);
  await waitFor(
    "under way",
    15_000,
    async () => ((await migration(id)).databases[0]?.bytesCopied ?? 0n) > 0n,
  );
  first.child.kill("SIGSTOP");
  const second = await startProcess(20, 5);
  const ended = await waitFor("ended by the other", 30_000, async () => {
    const now = await migration(id);
    return now.substate === "Completed" && now;
  });
  first.child.kill("SIGCONT");
  await waitFor("the first has noticed", 15_000, async () =>
    first.log().includes("run ended without a result"),
  );
  const row = await migration(id);
  expect([row.state, row.workerName]).toEqual(["Succeeded", second.name]);
  expect([row.version, row.endedAt]).toEqual([ended.version, ended.endedAt]);
  const rows = `select count(*)::int as n, bool_and(worker_pid = ${second.child.pid}) as own from items`;
  expect(await run(target, "frozen", rows)).toEqual([{ n: 20, own: true }]);
}, 180_000);
