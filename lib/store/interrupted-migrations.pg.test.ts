import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { store } from "./client";
import { createMigration } from "./create-migration";
import { findInterruptedMigrations } from "./interrupted-migrations";
import { bodyOf, registerServer, startTestStore, type TestStore } from "./testing/test-store";
import { requestCancel } from "./wishes";

let testStore: TestStore;
let target: TestServer;

beforeAll(async () => {
  [testStore, target] = await Promise.all([startTestStore(), startTestServer(17)]);
});

afterAll(() => Promise.all([testStore, target].map((each) => each?.[Symbol.asyncDispose]())));

it("finds what a killed process left, and nothing a living worker or someone else owns", async () => {
  const server = await registerServer(target);
  const longAgo = new Date(Date.now() - 60_000);
  const create = async (name: string, actor: string, workerName: string | null, createdAt = longAgo) => {
    const body = bodyOf(target, target, { dbsToMigrate: ["one"] });
    const { id } = await createMigration({ server, name, body, actor });
    await store().migration.update({
      where: { id },
      data: { workerName, createdAt, runEpoch: workerName ? 1 : 0 },
    });
    return id;
  };
  await store().worker.create({ data: { name: "gone", host: "h", pid: 1, seenAt: longAgo } });
  await store().worker.create({ data: { name: "alive", host: "h", pid: 2 } });
  const left = await create("left", "cli:ann", "gone");
  const untaken = await create("untaken", "cli:ann", null);
  await create("running", "cli:ann", "alive");
  await create("just-created", "cli:ann", null, new Date());
  await create("dashboard", "ann", "gone");
  const canceled = await create("canceled", "cli:ann", null);
  await requestCancel({ migrationId: canceled, actor: "ann" });
  const found = await findInterruptedMigrations("cli:");
  expect(found.map(({ id }) => id).sort()).toEqual([left, untaken].sort());
});
