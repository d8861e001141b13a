import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "@/lib/generated/prisma/client";
import { store } from "./client";
import { createMigration } from "./create-migration";
import { enqueueMigration, enqueueOrphans, MIGRATION_QUEUE } from "./job-queue";
import { advance, claimMigration, fenced, readWishes, StaleRunError } from "./run";
import { openSecret } from "./secrets";
import { bodyOf, dumpStore, registerServer, startTestStore, type TestStore } from "./testing/test-store";
import {
  confirmOverwrite,
  removeMigration,
  requestCancel,
  specifyDatabases,
  startDataMigration,
} from "./wishes";

const SECRETS = { password: "p@ss 'w\"ö\\rd$%" };
const TARGET = { host: "10.0.0.2", port: 5432, user: "admin", password: "t@rget-Secret" };
const SOURCE = { host: "10.0.0.1", port: 5432, user: "reader", ...SECRETS };

let testStore: TestStore;
let server: Server;
let count = 0;

beforeAll(async () => {
  testStore = await startTestStore();
  server = await registerServer(TARGET);
});

afterAll(async () => {
  await testStore?.[Symbol.asyncDispose]();
});

function create(properties: Parameters<typeof bodyOf>[2] = {}, name = `m-${++count}`) {
  return createMigration({ server, name, body: bodyOf(SOURCE, TARGET, properties), actor: "test" });
}

async function jobsOf(id: string): Promise<{ state: string; delayed: boolean }[]> {
  return await store().$queryRaw`
    select state::text, start_after > now() as delayed from pgboss.job
    where name = ${MIGRATION_QUEUE} and singleton_key = ${id} order by created_on`;
}

describe("createMigration", () => {
  it("stores everything at once: databases, sealed passwords, an event, a job", async () => {
    const { id } = await create({ dbsToMigrate: ["a", "b", "a"] });
    const row = await store().migration.findUniqueOrThrow({
      where: { id },
      include: { databases: { orderBy: { position: "asc" } }, events: true },
    });
    expect(row.databases.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(row.events.map(({ kind }) => kind)).toEqual(["created"]);
    expect([row.state, row.substate, row.sourceUser, row.targetUser]).toEqual([
      "InProgress",
      "PerformingPreRequisiteSteps",
      "reader",
      "admin",
    ]);
    expect(await openSecret(store(), id, "source")).toBe(SECRETS.password);
    expect(await openSecret(store(), id, "target")).toBe("t@rget-Secret");
    expect(await jobsOf(id)).toEqual([{ state: "created", delayed: false }]);
  });

  it("keeps no password in any table", async () => {
    await create();
    const text = await dumpStore();
    expect(text).toContain("10.0.0.1:5432@reader");
    expect(text).not.toContain("t@rget-Secret");
    expect(text).not.toContain("rd$%");
    // bytea prints as hexadecimal.
    expect(text).not.toContain(Buffer.from("t@rget-Secret").toString("hex"));
  });

  it("refuses a taken name whatever its case, and leaves nothing of the second", async () => {
    await create({}, "Taken");
    const before = await store().migrationSecret.count();
    await expect(create({}, "tAKEN")).rejects.toMatchObject({ code: "MIGRATION_NAME_TAKEN" });
    expect(await store().migrationSecret.count()).toBe(before);
  });

  it("takes an online migration with what it is to keep to", async () => {
    const online = { plugin: "pgoutput", onDivergence: "continue", walLimitMegabytes: 64 } as const;
    const properties = {
      migrationMode: "Online",
      setupLogicalReplicationOnSourceDbIfNeeded: "True",
      howdah: { online },
    } as const;
    const { mode, options, replicationSetupRequestedAt } = await create(properties);
    expect([mode, options, replicationSetupRequestedAt]).toEqual(["Online", { online }, expect.any(Date)]);
  });

  it("refuses a source that is no address", async () => {
    const properties = { sourceDbServerResourceId: "/subscriptions/x/servers/y" };
    await expect(create(properties)).rejects.toMatchObject({ code: "SOURCE_ADDRESS_INVALID" });
  });
});

describe("a run", () => {
  it("loses every write once another run has begun", async () => {
    const { id } = await create();
    const first = await claimMigration(id, "one");
    const second = await claimMigration(id, "two");
    if (!first || !second) throw new Error("not claimed");
    expect(second.epoch).toBe(first.epoch + 1);
    let written = false;
    const write = fenced(first, async () => {
      written = true;
    });
    await expect(write).rejects.toBeInstanceOf(StaleRunError);
    await expect(advance(first, "validate")).rejects.toBeInstanceOf(StaleRunError);
    await expect(readWishes(first)).rejects.toBeInstanceOf(StaleRunError);
    expect(written).toBe(false);
    expect(await advance(second, "validate")).toEqual({
      state: "InProgress",
      substate: "ValidationInProgress",
    });
  });

  it("forgets the passwords and closes the phases when it ends", async () => {
    const { id } = await create();
    const run = await claimMigration(id, "one");
    if (!run) throw new Error("not claimed");
    await advance(run, "validate");
    await advance(run, "fail", { error: { code: "INTERNAL", message: "broken\0" } });
    const row = await store().migration.findUniqueOrThrow({ where: { id } });
    expect([row.state, row.substate, row.lastActiveSubstate]).toEqual([
      "Failed",
      "Completed",
      "ValidationInProgress",
    ]);
    expect(row.endedAt).not.toBeNull();
    expect(row.phases).toMatchObject([
      { phase: "prerequisites", endedAt: expect.any(String) },
      { phase: "validation", endedAt: expect.any(String) },
    ]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    expect(await claimMigration(id, "two")).toBeNull();
    await expect(advance(run, "cancel")).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("wishes", () => {
  it("cancel at once what no worker ever took, and its job finds nothing to do", async () => {
    const { id } = await create();
    const canceled = await requestCancel({ migrationId: id, actor: "eve", reason: "wrong source" });
    expect([canceled.state, canceled.substate, canceled.cancelReason]).toEqual([
      "Canceled",
      "Completed",
      "wrong source",
    ]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    expect(await claimMigration(id, "one")).toBeNull();
    await removeMigration({ migrationId: id, actor: "eve" });
    expect(await store().migration.count({ where: { id } })).toBe(0);
  });

  it("leave the cancel of a running migration to its worker", async () => {
    const { id } = await create();
    const run = await claimMigration(id, "one");
    if (!run) throw new Error("not claimed");
    const asked = await requestCancel({ migrationId: id, actor: "eve", dropTargets: true });
    expect(asked.state).toBe("InProgress");
    expect(await readWishes(run)).toMatchObject({ cancel: true, dropTargets: true, cutover: false });
    const again = await requestCancel({ migrationId: id, actor: "eve" });
    expect(again.cancelRequestedAt).toEqual(asked.cancelRequestedAt);
    expect(await store().migrationEvent.count({ where: { migrationId: id, kind: "cancel-requested" } })).toBe(
      1,
    );
  });

  it("are refused where the state does not allow them", async () => {
    const { id } = await create();
    const wish = { migrationId: id, actor: "eve" };
    for (const ask of [confirmOverwrite, removeMigration]) {
      await expect(ask(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    }
    // The start can be set until the copy has begun.
    await store().migration.update({ where: { id }, data: { substate: "MigratingData" } });
    await expect(startDataMigration(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    await expect(specifyDatabases({ ...wish, databases: ["x"] })).rejects.toMatchObject({
      code: "ACTION_NOT_ALLOWED",
    });
    const nobody = { migrationId: "00000000-0000-7000-8000-000000000000", actor: "eve" };
    await expect(requestCancel(nobody)).rejects.toMatchObject({ code: "MIGRATION_NOT_FOUND" });
  });

  it("queue a waiting migration again", async () => {
    const { id } = await create({ dbsToMigrate: [] });
    const run = await claimMigration(id, "one");
    if (!run) throw new Error("not claimed");
    await advance(run, "ask-databases");
    await store().$executeRaw`delete from pgboss.job where singleton_key = ${id}`;
    await specifyDatabases({ migrationId: id, actor: "eve", databases: ["x", "y", "x"] });
    expect(await jobsOf(id)).toEqual([{ state: "created", delayed: false }]);
    const names = await store().migrationDatabase.findMany({
      where: { migrationId: id },
      select: { name: true },
    });
    expect(names.map(({ name }) => name).sort()).toEqual(["x", "y"]);
  });
});

describe("the queue", () => {
  it("holds one waiting job for a migration, at the time asked for last", async () => {
    const { id } = await create();
    await enqueueMigration(store(), id, new Date(Date.now() + 3_600_000));
    expect(await jobsOf(id)).toEqual([{ state: "created", delayed: true }]);
    await enqueueMigration(store(), id);
    expect(await jobsOf(id)).toEqual([{ state: "created", delayed: false }]);
  });

  it("finds active migrations that lost their job, and only those", async () => {
    const { id } = await create();
    const ended = await create();
    await requestCancel({ migrationId: ended.id, actor: "eve" });
    await store().$executeRaw`delete from pgboss.job where singleton_key in (${id}, ${ended.id})`;
    expect(await enqueueOrphans(store())).toEqual([id]);
    expect(await enqueueOrphans(store())).toEqual([]);
    expect(await jobsOf(id)).toHaveLength(1);
  });
});
