import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { VerifyDatabaseOptions } from "@/lib/engine/verify/verify-options";
import type { Server } from "@/lib/generated/prisma/client";
import { connect } from "@/lib/postgres/connect";
import { store } from "@/lib/store/client";
import { requestRetry } from "@/lib/store/control-wishes";
import { createMigration } from "@/lib/store/create-migration";
import {
  bodyOf,
  dumpStore,
  registerServer,
  startTestStore,
  type TestStore,
} from "@/lib/store/testing/test-store";
import { cancelVerification, requestVerification } from "@/lib/store/verifications/request-verification";
import { writeItems } from "@/lib/store/verifications/verification-items";
import {
  claimVerification,
  fencedVerification,
  StaleVerificationError,
} from "@/lib/store/verifications/verification-run";
import { requestCancel } from "@/lib/store/wishes";
import { CodedError } from "@/lib/util/coded-error";
import type { Engine } from "../engine";
import { startWorker, type Worker } from "../start-worker";
import { slowEngine } from "../testing/slow-engine";

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
  for (const name of ["one", "two"]) await run(source, "postgres", `create database ${name}`);
  for (const name of ["one", "two"])
    await run(source, name, "create table items (id int primary key, word text)");
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  for (const name of ["one", "two"]) {
    await run(target, "postgres", `drop database if exists ${name} with (force)`);
  }
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

async function work(verifyDatabase?: Engine["verifyDatabase"], name = "tester"): Promise<void> {
  const engine = slowEngine({ rows: 3, pauseMs: 1 });
  workers.push(
    await startWorker({
      databaseUrl: testStore.url,
      name,
      engine: { ...engine, ...(verifyDatabase ? { verifyDatabase } : {}) },
    }),
  );
}

/** A migration that has moved "one", without a worker's having had to. */
async function succeeded(): Promise<string> {
  const body = bodyOf(source, target, { dbsToMigrate: ["one"], migrationOption: "Migrate" });
  const { id } = await createMigration({ server, name: `v-${++count}`, body, actor: "test" });
  await store().migration.update({
    where: { id },
    data: { state: "Succeeded", substate: "Completed", endedAt: new Date() },
  });
  await store().migrationDatabase.updateMany({ where: { migrationId: id }, data: { state: "Succeeded" } });
  await run(target, "postgres", "create database one");
  await run(target, "one", "create table items (id int primary key, word text)");
  return id;
}

async function request(
  migrationId: string,
  password = target.password,
  onlyTables: string[] = [],
): Promise<string> {
  const { id } = await requestVerification({
    migrationId,
    actor: "eve",
    databases: [],
    onlyTables,
    throttle: undefined,
    logins: {
      source: { user: source.user, password: source.password },
      target: { user: target.user, password },
    },
  });
  return id;
}

function load(id: string) {
  return store().verification.findUniqueOrThrow({ where: { id }, include: { items: true, secrets: true } });
}

async function ended(id: string) {
  await expect.poll(async () => (await load(id)).endedAt, PATIENT).not.toBeNull();
  return await load(id);
}

/** Reports a table and waits until it is aborted. */
async function stuck({ report, signal }: VerifyDatabaseOptions): Promise<never> {
  const item = { kind: "table", schema: "public", name: "items" } as const;
  report({ type: "planned", items: [{ ...item, bytesEstimated: 100 }] });
  report({ type: "item-started", item });
  report({ type: "item-progress", item, bytes: 40 });
  await sleep(600_000, undefined, { signal });
  throw new Error("nobody stopped it");
}

describe("a verification on demand", () => {
  it("proves equality, leaves no password and lets polls see it move", async () => {
    const migrationId = await succeeded();
    const { version } = await store().migration.findUniqueOrThrow({ where: { id: migrationId } });
    const id = await request(migrationId);
    await expect(request(migrationId)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    await work();
    const row = await ended(id);
    expect([row.state, row.error, row.secrets]).toEqual(["equal", null, []]);
    expect(row.items.map(({ kind, name, state }) => [kind, name, state])).toContainEqual([
      "table",
      "items",
      "equal",
    ]);
    const after = await store().migration.findUniqueOrThrow({
      where: { id: migrationId },
      include: { events: { orderBy: { id: "asc" } } },
    });
    expect(after.version).toBeGreaterThan(version);
    expect(after.events.slice(-3).map(({ kind }) => kind)).toEqual([
      "verification-requested",
      "verification-started",
      "verification-ended",
    ]);
  });

  it("with a wrong password fails with its code, and the password is nowhere", async () => {
    const id = await request(await succeeded(), "not-the-Passw0rd");
    await work();
    const row = await ended(id);
    expect([row.state, row.errorCode]).toEqual(["failed", "PASSWORD_REJECTED"]);
    expect(await dumpStore()).not.toContain("not-the-Passw0rd");
  });

  it("of a database that is gone is incomplete, never a pass", async () => {
    const id = await request(await succeeded());
    await run(target, "postgres", "drop database one");
    await work();
    const row = await ended(id);
    expect([row.state, row.items.map(({ state }) => state)]).toEqual(["incomplete", ["unchecked"]]);
    expect(row.items[0]?.message).toContain("DATABASE_MISSING");
  });

  it("is no pass when its engine claims one without having looked at everything", async () => {
    const id = await request(await succeeded());
    await work(async ({ report }) => {
      const item = { kind: "table", schema: "public", name: "items" } as const;
      report({ type: "planned", items: [{ ...item, bytesEstimated: 1 }] });
      return { outcome: "equal", items: 1, different: 0, unchecked: 0 };
    });
    const row = await ended(id);
    expect([row.state, row.items[0]?.state]).toEqual(["incomplete", "unchecked"]);
  });

  it("is canceled within seconds, also before a worker takes it", async () => {
    const migrationId = await succeeded();
    const early = await request(migrationId);
    await cancelVerification({ migrationId, verificationId: early, actor: "eve" });
    expect(await load(early)).toMatchObject({ state: "canceled", secrets: [] });
    const id = await request(migrationId);
    await work(stuck);
    await expect.poll(async () => (await load(id)).items[0]?.bytesRead, PATIENT).toBe(40n);
    await cancelVerification({ migrationId, verificationId: id, actor: "eve" });
    const row = await ended(id);
    expect([row.state, row.items[0]?.state, row.secrets]).toEqual(["canceled", "unchecked", []]);
  });

  it("ends when its migration begins to move data again", async () => {
    const migrationId = await succeeded();
    await store().migration.update({ where: { id: migrationId }, data: { state: "Failed" } });
    const id = await request(migrationId);
    await work(stuck);
    await expect.poll(async () => (await load(id)).items[0]?.bytesRead, PATIENT).toBe(40n);
    const { password } = source;
    await requestRetry({
      migrationId,
      actor: "eve",
      scope: "Failed",
      source: password,
      target: target.password,
    });
    expect(await load(id)).toMatchObject({ state: "canceled", secrets: [] });
    await expect
      .poll(
        async () => (await store().migration.findUniqueOrThrow({ where: { id: migrationId } })).endedAt,
        PATIENT,
      )
      .not.toBeNull();
  });

  it("begins anew after a worker was lost, and the lost one writes no more", async () => {
    const id = await request(await succeeded(), target.password, ["items"]);
    const lost = await claimVerification(id, "lost");
    if (!lost) throw new Error("it could not be claimed");
    const late = (state: "equal") =>
      fencedVerification(lost, (db) =>
        writeItems(db, id, [
          {
            ...{ database: "one", kind: "table", schema: "public", name: "ghost", state, bytesRead: 0 },
            ...{ sourceRows: "1", targetRows: "1", sourceChecksum: null, targetChecksum: null },
            ...{ differences: 0, limited: false, message: null, ms: 1 },
          },
        ]),
      );
    await late("equal");
    await work();
    const row = await ended(id);
    expect(row.state).toBe("equal");
    expect(row.items.map(({ name }) => name)).not.toContain("ghost");
    await expect(late("equal")).rejects.toBeInstanceOf(StaleVerificationError);
  });
});

describe("a verification at the end of a migration", () => {
  const properties = {
    dbsToMigrate: ["one"],
    migrationOption: "Migrate",
    howdah: { verifyAtEnd: true },
  } as const;

  async function migrate(): Promise<string> {
    const body = bodyOf(source, target, { ...properties, dbsToMigrate: [...properties.dbsToMigrate] });
    return (await createMigration({ server, name: `v-${++count}`, body, actor: "test" })).id;
  }

  async function completed(id: string) {
    const read = () =>
      store().migration.findUniqueOrThrow({
        where: { id },
        include: { verifications: { include: { items: true } } },
      });
    await expect.poll(async () => (await read()).endedAt, PATIENT).not.toBeNull();
    return await read();
  }

  it("fails the migration when something differs, and says that nothing was removed", async () => {
    // The engine of these tests copies rows of its own.
    await work();
    const row = await completed(await migrate());
    expect([row.state, row.errorCode]).toEqual(["Failed", "VERIFICATION_FAILED"]);
    expect(row.error).toMatch(/differs?.*nothing was removed from the target.*Writes to the source/);
    expect(row.verifications.map(({ kind, state }) => [kind, state])).toEqual([["at-end", "different"]]);
    expect(row.phases).toContainEqual(
      expect.objectContaining({ phase: "verify", endedAt: expect.any(String) }),
    );
  });

  it("fails it when it could not run, and lets it succeed when both sides are equal", async () => {
    await work(async () => {
      throw new CodedError("OUT_OF_MEMORY", "The source ran out of memory.");
    });
    const failed = await completed(await migrate());
    expect([failed.state, failed.errorCode]).toEqual(["Failed", "VERIFICATION_INCOMPLETE"]);
    expect(failed.verifications[0]).toMatchObject({ state: "failed", errorCode: "OUT_OF_MEMORY" });
    await workers.pop()?.stop();
    await run(target, "postgres", "drop database one");
    await work(async ({ report }) => {
      report({
        type: "item-ended",
        result: {
          item: { kind: "table", schema: "public", name: "items" },
          ...{ state: "equal", sourceRows: "3", targetRows: "3", sourceChecksum: "1f", targetChecksum: "1f" },
          ...{ differences: 0, differencesLimited: false, message: null, ms: 1 },
        },
      });
      return { outcome: "equal", items: 1, different: 0, unchecked: 0 };
    });
    expect((await completed(await migrate())).state).toBe("Succeeded");
  });

  it("is taken over with the migration, and ends with it when that is canceled", async () => {
    await work(stuck, "first");
    const id = await migrate();
    await expect.poll(() => store().verification.count({ where: { migrationId: id } }), PATIENT).toBe(1);
    await workers.pop()?.stop();
    await work(stuck, "second");
    const started = () =>
      store().migrationEvent.count({ where: { migrationId: id, kind: "verification-started" } });
    await expect.poll(started, PATIENT).toBe(2);
    await requestCancel({ migrationId: id, actor: "eve" });
    const row = await completed(id);
    expect(row.state).toBe("Canceled");
    expect(row.verifications.map(({ state }) => state)).toEqual(["canceled"]);
  });
});
