import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { Migration, Server } from "@/lib/generated/prisma/client";
import { connect } from "@/lib/postgres/connect";
import { ident } from "@/lib/postgres/sql";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import {
  bodyOf,
  dumpStore,
  registerServer,
  startTestStore,
  type TestStore,
} from "@/lib/store/testing/test-store";
import { confirmOverwrite, requestCancel, specifyDatabases, startDataMigration } from "@/lib/store/wishes";
import { CodedError } from "@/lib/util/coded-error";
import { underLoad } from "@/lib/util/testing/under-load";
import { startWorker, type Worker } from "./start-worker";
import { type SlowEngineOptions, slowEngine } from "./testing/slow-engine";
import { countWorkersOnline } from "./workers-online";

let testStore: TestStore;
let source: TestServer;
let target: TestServer;
let server: Server;
let count = 0;
const workers: Worker[] = [];

/** Other tests share the machine. */
const PATIENT = { timeout: 40_000, interval: 50 };

beforeAll(async () => {
  [testStore, source, target] = await Promise.all([
    startTestStore(),
    startTestServer(16),
    startTestServer(17),
  ]);
  server = await registerServer(target);
  for (const name of ["one", "two", "three"]) await run(source, "postgres", `create database ${name}`);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  for (const name of ["one", "two", "three"])
    await run(target, "postgres", `drop database if exists ${ident(name)} with (force)`);
});

afterAll(async () => {
  await Promise.all([testStore, source, target].map((each) => each?.[Symbol.asyncDispose]()));
});

async function run(on: TestServer, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect({ ...on, database, sslMode: "Prefer" });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function work(options: SlowEngineOptions = { rows: 5, pauseMs: 5 }, name = "tester"): Promise<Worker> {
  const worker = await startWorker({ databaseUrl: testStore.url, name, engine: slowEngine(options) });
  workers.push(worker);
  return worker;
}

/** One database after the other. */
const ONE_JOB = { howdah: { jobs: 1 } };

function create(properties: Parameters<typeof bodyOf>[2] = {}): Promise<Migration> {
  return createMigration({
    server,
    name: `w-${++count}`,
    body: bodyOf(source, target, properties),
    actor: "test",
  });
}

/** Waits until the migration is in `substate`; fails after `ms`. */
async function reach(id: string, substate: string, ms = 20_000) {
  const until = performance.now() + underLoad(ms);
  for (;;) {
    const row = await store().migration.findUniqueOrThrow({
      where: { id },
      include: { databases: { orderBy: { position: "asc" } }, events: { orderBy: { id: "asc" } } },
    });
    if (row.substate === substate) return row;
    if (performance.now() > until || row.substate === "Completed") {
      throw new Error(`${row.state}/${row.substate} instead of ${substate}: ${row.error}`);
    }
    await sleep(50);
  }
}

async function targetDatabases(): Promise<unknown[]> {
  const rows = await run(
    target,
    "postgres",
    "select datname from pg_database where not datistemplate order by 1",
  );
  return rows.map(({ datname }) => datname);
}

describe("a migration", () => {
  it("goes all the way: validated, copied, reported, passwords forgotten", async () => {
    await work();
    expect(await countWorkersOnline()).toBe(1);
    const { id } = await create({ dbsToMigrate: ["one", "two"] });
    const row = await reach(id, "Completed");
    expect([row.state, row.error, row.workerName]).toEqual(["Succeeded", null, "tester"]);
    expect(
      row.databases.map(({ name, state, phase, createdOnTarget }) => [name, state, phase, createdOnTarget]),
    ).toEqual([
      ["one", "Succeeded", "done", true],
      ["two", "Succeeded", "done", true],
    ]);
    expect(row.databases[0]).toMatchObject({
      bytesCopied: 50n,
      rowsCopied: 5n,
      tablesCompleted: 1,
      tablesLoading: 0,
    });
    expect(row.databases[0]?.sizeBytes).toBeGreaterThan(1_000_000n);
    expect(row.phases).toMatchObject(
      ["prerequisites", "validation", "schema", "copy"].map((phase) => ({
        phase,
        endedAt: expect.any(String),
      })),
    );
    expect(row.validation).toMatchObject({ status: "Succeeded" });
    const tables = await store().migrationTable.findMany({ where: { database: { migrationId: id } } });
    expect(tables.map(({ name, state, rowsCopied }) => [name, state, rowsCopied])).toEqual([
      ["items", "completed", 5n],
      ["items", "completed", 5n],
    ]);
    expect(await store().migrationSample.count({ where: { migrationId: id } })).toBeGreaterThan(0);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    expect(await run(target, "two", "select count(*)::int as n from items")).toEqual([{ n: 5 }]);
  });

  it("that only validates touches nothing on the target", async () => {
    await work();
    const { id } = await create({ migrationOption: "Validate", dbsToMigrate: ["one"] });
    const row = await reach(id, "Completed");
    expect([row.state, row.databases[0]?.state]).toEqual(["Succeeded", null]);
    expect(await targetDatabases()).toEqual(["postgres"]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
  });

  it("whose validation fails ends before anything moves, with the codes in its error", async () => {
    await work();
    const { id } = await create({ dbsToMigrate: ["one", "gone"] });
    const row = await reach(id, "Completed");
    expect([row.state, row.errorCode, row.lastActiveSubstate]).toEqual([
      "ValidationFailed",
      "VALIDATION_FAILED",
      "ValidationInProgress",
    ]);
    expect(row.error).toContain("gone: AuthenticationAndConnectivityValidation (DATABASE_VANISHED)");
    expect(await targetDatabases()).toEqual(["postgres"]);
  });

  it("goes on with the other databases when one fails or has vanished", async () => {
    await work({ rows: 3, pauseMs: 1, failing: ["two"] });
    const { id } = await create({ migrationOption: "Migrate", dbsToMigrate: ["gone", "two", "three"] });
    const row = await reach(id, "Completed");
    expect(row.databases.map(({ name, state }) => [name, state])).toEqual([
      ["gone", "Failed"],
      ["two", "Failed"],
      ["three", "Succeeded"],
    ]);
    expect([row.state, row.errorCode]).toEqual(["Failed", "DATABASE_VANISHED"]);
    expect(row.error).toMatch(/^2 of 3 databases failed\. gone: DATABASE_VANISHED; two: INTERNAL\.$/);
    expect(await targetDatabases()).toEqual(["postgres", "three", "two"]);
  });

  it("with a wrong password fails with its code, and the password is nowhere in the store", async () => {
    await work();
    const secretParameters = {
      adminCredentials: { sourceServerPassword: "not-the-Passw0rd", targetServerPassword: target.password },
    };
    for (const [migrationOption, state] of [
      ["Migrate", "Failed"],
      ["Validate", "ValidationFailed"],
    ] as const) {
      const { id } = await create({ migrationOption, secretParameters });
      const row = await reach(id, "Completed");
      expect(row.state).toBe(state);
      expect(row.error).toMatch(/password|PASSWORD_REJECTED/);
    }
    const text = await dumpStore();
    expect(text).toContain("PASSWORD_REJECTED");
    for (const secret of ["not-the-Passw0rd", target.password, source.password])
      expect(text).not.toContain(secret);
  });

  it("is refused when the target is the source, also without validation", async () => {
    await work();
    const same = await registerServer(source);
    const body = bodyOf(source, source, {
      migrationOption: "Migrate",
      dbsToMigrate: ["one"],
      overwriteDbsInTarget: "True",
    });
    const { id } = await createMigration({ server: same, name: `w-${++count}`, body, actor: "test" });
    const row = await reach(id, "Completed");
    expect([row.state, row.errorCode]).toEqual(["Failed", "SAME_SERVER"]);
  });
});

describe("existing databases on the target", () => {
  const properties = { dbsToMigrate: ["one", "two"], overwriteDbsInTarget: "False" };

  async function waiting(): Promise<string> {
    await run(target, "postgres", "create database one");
    await run(target, "one", "create table precious (id int)");
    const { id } = await create(properties);
    const row = await reach(id, "WaitingForTargetDBOverwriteConfirmation");
    expect(row.state).toBe("WaitingForUserAction");
    expect(row.databases.map(({ existsOnTarget }) => existsOnTarget)).toEqual([true, false]);
    // The worker is free: the job has ended.
    await expect
      .poll(() => store().$queryRaw`select state::text from pgboss.job where singleton_key = ${id}`, PATIENT)
      .toEqual([{ state: "completed" }]);
    expect(await run(target, "one", "select count(*)::int as n from precious")).toEqual([{ n: 0 }]);
    return id;
  }

  it("are left alone until overwriting is confirmed", async () => {
    await work();
    const id = await waiting();
    await confirmOverwrite({ migrationId: id, actor: "eve" });
    const row = await reach(id, "Completed");
    expect(row.state).toBe("Succeeded");
    // It was there before: this migration may never remove it unasked.
    expect(row.databases.map(({ createdOnTarget }) => createdOnTarget)).toEqual([false, true]);
    expect(await run(target, "one", "select to_regclass('precious') as precious")).toEqual([
      { precious: null },
    ]);
  });

  it("survive a cancel", async () => {
    await work();
    const id = await waiting();
    await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
    const row = await reach(id, "Completed");
    expect(row.state).toBe("Canceled");
    expect(await targetDatabases()).toEqual(["one", "postgres"]);
  });

  it("are replaced when that was allowed from the start", async () => {
    await work();
    await run(target, "postgres", "create database one");
    const { id } = await create({ ...properties, overwriteDbsInTarget: "True" });
    expect((await reach(id, "Completed")).state).toBe("Succeeded");
  });

  it("that appear after the look fail, and are not dropped", async () => {
    await work({ rows: 40, pauseMs: 20 });
    const { id } = await create({ ...properties, ...ONE_JOB });
    await reach(id, "MigratingData");
    await run(target, "postgres", "create database two");
    const row = await reach(id, "Completed");
    expect(row.databases.map(({ name, state }) => [name, state])).toEqual([
      ["one", "Succeeded"],
      ["two", "Failed"],
    ]);
    expect(row.errorCode).toBe("DATABASE_EXISTS");
  });
});

describe("a database that a dying worker created but had not noted", () => {
  async function diedAfterCreation(): Promise<string> {
    const { id } = await create({ dbsToMigrate: ["one"] });
    await store().migration.update({ where: { id }, data: { substate: "MigratingData", runEpoch: 1 } });
    await store().migrationDatabase.updateMany({ where: { migrationId: id }, data: { state: "InProgress" } });
    await run(target, "postgres", "create database one template template0");
    return id;
  }

  it("is replaced when nothing is in it", async () => {
    const id = await diedAfterCreation();
    await work();
    expect((await reach(id, "Completed")).state).toBe("Succeeded");
  });

  it("is replaced also when it took the place of one that was noted", async () => {
    const id = await diedAfterCreation();
    const [{ oid } = {}] = await run(target, "one", "select oid from pg_database where datname = 'one'");
    await store().migrationDatabase.updateMany({
      where: { migrationId: id },
      data: { createdOnTarget: true, createdOid: BigInt(Number(oid)) },
    });
    const engine = slowEngine({ rows: 5, pauseMs: 5 });
    let creations = 0;
    const worker = await startWorker({
      databaseUrl: testStore.url,
      engine: {
        ...engine,
        async createTargetDatabase(options) {
          await engine.createTargetDatabase(options);
          if (++creations === 1) throw new CodedError("CONNECTION_LOST", "cut", { transient: true });
        },
      },
    });
    workers.push(worker);
    expect((await reach(id, "Completed")).state).toBe("Succeeded");
    expect(creations).toBe(2);
  });

  it("is left alone when something is in it", async () => {
    const id = await diedAfterCreation();
    await run(target, "one", "create table precious ()");
    await work();
    expect((await reach(id, "Completed")).errorCode).toBe("DATABASE_EXISTS");
    expect(await run(target, "one", "select to_regclass('precious') as kept")).toEqual([
      { kept: "precious" },
    ]);
  });
});

describe("waiting", () => {
  it("for databases ends when they are named", async () => {
    await work();
    const { id } = await create({ dbsToMigrate: [] });
    await reach(id, "WaitingForDBsToMigrateSpecification");
    await specifyDatabases({ migrationId: id, actor: "eve", databases: ["three"] });
    expect((await reach(id, "Completed")).state).toBe("Succeeded");
  });

  it("for a start or a window ends when it is started", async () => {
    await work();
    const asked = await create({ dbsToMigrate: ["one"], startDataMigration: "False" });
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const timed = await create({ dbsToMigrate: ["two"], migrationWindowStartTimeInUtc: later });
    const soon = new Date(Date.now() + 2_500).toISOString();
    const nearly = await create({ dbsToMigrate: ["three"], migrationWindowStartTimeInUtc: soon });
    expect((await reach(asked.id, "WaitingForDataMigrationScheduling")).state).toBe("WaitingForUserAction");
    expect((await reach(timed.id, "WaitingForDataMigrationWindow")).state).toBe("InProgress");
    for (const { id } of [asked, timed]) await startDataMigration({ migrationId: id, actor: "eve" });
    for (const { id } of [asked, timed, nearly])
      expect((await reach(id, "Completed")).state).toBe("Succeeded");
  });
});

describe("cancel", () => {
  const slow = { rows: 10_000, pauseMs: 20 };

  it("mid-copy takes less than 5 s, leaves no session, and says what remains", async () => {
    await work(slow);
    const { id } = await create({ dbsToMigrate: ["one", "two"], ...ONE_JOB });
    await reach(id, "MigratingData");
    await expect.poll(targetDatabases, PATIENT).toContain("one");
    const asked = performance.now();
    await requestCancel({ migrationId: id, actor: "eve", reason: "changed my mind" });
    const row = await reach(id, "Completed");
    expect(performance.now() - asked).toBeLessThan(underLoad(5_000));
    expect([row.state, row.cancelReason]).toEqual(["Canceled", "changed my mind"]);
    expect(row.databases.map(({ state }) => state)).toEqual(["Canceled", "Canceled"]);
    const remains = row.events.find(({ kind }) => kind === "remains-on-target");
    expect(remains?.message).toBe("Remains on the target: one (incomplete).");
    expect(await targetDatabases()).toEqual(["one", "postgres"]);
    const sessions = `select application_name, state, query from pg_stat_activity
      where datname in ('one', 'two') and backend_type = 'client backend'`;
    await expect.poll(() => run(target, "postgres", sessions), PATIENT).toEqual([]);
    await expect.poll(() => run(source, "postgres", sessions), PATIENT).toEqual([]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
  });

  it("drops what this migration created when asked, and nothing that existed before", async () => {
    await work(slow);
    await run(target, "postgres", "create database two");
    const { id } = await create({ dbsToMigrate: ["one", "two"], overwriteDbsInTarget: "True" });
    await expect.poll(targetDatabases, PATIENT).toContain("one");
    await expect
      .poll(
        () => store().migrationDatabase.count({ where: { migrationId: id, createdOnTarget: true } }),
        PATIENT,
      )
      .toBe(1);
    await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
    expect((await reach(id, "Completed")).state).toBe("Canceled");
    expect(await targetDatabases()).toEqual(["postgres", "two"]);
  });

  it("that comes while the database is being created knows whose it is", async () => {
    const engine = slowEngine({ rows: 5, pauseMs: 5 });
    let created = false;
    const worker = await startWorker({
      databaseUrl: testStore.url,
      engine: {
        ...engine,
        async createTargetDatabase(options) {
          await engine.createTargetDatabase(options);
          created = true;
          await sleep(1_500, undefined, { signal: options.signal });
        },
      },
    });
    workers.push(worker);
    const { id } = await create({ dbsToMigrate: ["one"] });
    await expect.poll(() => created, { ...PATIENT, interval: 10 }).toBe(true);
    await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
    expect((await reach(id, "Completed")).state).toBe("Canceled");
    expect(await targetDatabases()).toEqual(["postgres"]);
  });

  it("ends a migration that no worker has", async () => {
    const { id } = await create({ dbsToMigrate: ["one"] });
    expect((await requestCancel({ migrationId: id, actor: "eve" })).state).toBe("Canceled");
    await work();
    await sleep(1_500);
    expect(await targetDatabases()).toEqual(["postgres"]);
  });
});

describe("passwords sealed under another key", () => {
  let key = "";

  beforeEach(() => {
    key = process.env["HOWDAH_SECRET_KEY"] ?? "";
  });

  afterEach(() => {
    process.env["HOWDAH_SECRET_KEY"] = key;
  });

  it("fail a migration with their own code", async () => {
    const { id } = await create({ dbsToMigrate: ["one"] });
    process.env["HOWDAH_SECRET_KEY"] = "0".repeat(64);
    await work();
    const row = await reach(id, "Completed");
    expect([row.state, row.errorCode]).toEqual(["Failed", "SECRET_UNREADABLE"]);
  });

  it("do not keep a cancel from ending, and what could not be dropped is named", async () => {
    await work({ rows: 10_000, pauseMs: 20 });
    const { id } = await create({ dbsToMigrate: ["one"] });
    await expect
      .poll(
        () => store().migrationDatabase.count({ where: { migrationId: id, createdOnTarget: true } }),
        PATIENT,
      )
      .toBe(1);
    process.env["HOWDAH_SECRET_KEY"] = "0".repeat(64);
    await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
    const row = await reach(id, "Completed");
    expect(row.state).toBe("Canceled");
    expect(row.events.find(({ kind }) => kind === "remains-on-target")?.message).toContain(
      "one (incomplete)",
    );
    expect(row.events.find(({ data }) => JSON.stringify(data).includes("SECRET_UNREADABLE"))).toBeDefined();
  });
});

describe("two workers in one process", () => {
  it("hand over at once when one stops, and finished databases stay", async () => {
    const first = await work({ rows: 50, pauseMs: 20 }, "first");
    const { id } = await create({ dbsToMigrate: ["one", "two", "three"], ...ONE_JOB });
    await expect
      .poll(() => store().migrationDatabase.count({ where: { migrationId: id, state: "Succeeded" } }), {
        timeout: PATIENT.timeout,
      })
      .toBe(1);
    await first.stop();
    const [before] = await run(target, "one", "select xmin::text from items where id = 1");
    await work({ rows: 5, pauseMs: 1 }, "second");
    const row = await reach(id, "Completed");
    expect([row.state, row.workerName]).toEqual(["Succeeded", "second"]);
    expect(await run(target, "one", "select xmin::text from items where id = 1")).toEqual([before]);
    expect(row.events.map(({ kind }) => kind)).toContain("worker-released");
    expect(row.events.map(({ kind }) => kind)).not.toContain("worker-took-over");
  });
});
