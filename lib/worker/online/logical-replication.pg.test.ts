import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { createMigration } from "@/lib/store/create-migration";
import { requestReplicationSetup } from "@/lib/store/online/database-wishes";
import { bodyOf, registerServer, startTestStore, type TestStore } from "@/lib/store/testing/test-store";
import { requestCancel } from "@/lib/store/wishes";
import { startWorker, type Worker } from "../start-worker";
import { ended, messagesOf, until } from "./testing/online-scene";

vi.setConfig({ testTimeout: 150_000 });

const WAITS = "WaitingForLogicalReplicationSetupRequestOnSourceDB";

let testStore: TestStore;
let source: TestServer;
let worker: Worker;

beforeAll(async () => {
  [testStore, source] = await Promise.all([
    startTestStore(),
    startTestServer(16, { without: ["wal_level"], settings: { autovacuum: "off" } }),
  ]);
  await runSql(
    settingsOf(source),
    "create database shop",
    "create role plain login password 'plain' replication",
  );
  await runSql(
    settingsOf(source, "shop"),
    "create table item (id int primary key)",
    "insert into item values (1)",
  );
  worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
});

afterAll(async () => {
  await worker?.stop();
  await Promise.all([testStore, source].map((each) => each?.[Symbol.asyncDispose]()));
});

/** The target is another database of the store's server: nothing is moved before the source is ready. */
async function create(name: string, user: Pick<TestServer, "user" | "password"> = source): Promise<string> {
  const server = await registerServer(testStore.server);
  const body = bodyOf({ ...source, ...user }, testStore.server, {
    migrationMode: "Online",
    migrationOption: "Migrate",
    dbsToMigrate: ["shop"],
  });
  return (await createMigration({ server, name, body, actor: "test" })).id;
}

it("a login that may not set wal_level is told so, and the migration goes on waiting", async () => {
  const id = await create("plain", { user: "plain", password: "plain" });
  const wish = { migrationId: id, actor: "eve" };
  await until(id, "waiting", ({ substate }) => substate === WAITS);
  await requestReplicationSetup(wish);
  const row = await until(
    id,
    "tried",
    (now) => now.substate === WAITS && messagesOf(now, "replication-setup").length > 0,
  );
  expect(messagesOf(row, "replication-setup")[0]).toMatch(
    /could not be set on the source: .*permission denied/,
  );
  await requestCancel(wish);
  expect((await until(id, "ended", ended)).state).toBe("Canceled");
});

it("wal_level is set only when asked to, and after the restart the migration goes on", async () => {
  const id = await create("asked");
  const wish = { migrationId: id, actor: "eve" };
  const waiting = await until(id, "waiting", ({ substate }) => substate === WAITS);
  expect(waiting.state).toBe("WaitingForUserAction");
  expect(messagesOf(waiting, "waiting")[0]).toContain("wal_level is replica on the source");
  const file =
    "select count(*)::int as n from pg_file_settings where name = 'wal_level' and setting = 'logical'";
  expect(await queryRows(settingsOf(source), file)).toEqual([{ n: 0 }]);

  await requestReplicationSetup(wish);
  const set = await until(
    id,
    "set",
    (row) => row.substate === WAITS && messagesOf(row, "replication-setup").length === 1,
  );
  expect(messagesOf(set, "replication-setup")[0]).toContain("It holds once the source has been restarted.");
  expect(await queryRows(settingsOf(source), file)).toEqual([{ n: 1 }]);

  source = await source.restart();
  await requestReplicationSetup(wish);
  const follows = await until(
    id,
    "waiting for its cutover",
    ({ substate }) => substate === "WaitingForCutoverTrigger",
  );
  expect(follows.databases[0]?.rowsCopied).toBe(1n);
  await requestCancel({ ...wish, dropTargets: true });
  expect((await until(id, "ended", ended)).state).toBe("Canceled");
  expect(await queryRows(settingsOf(source), "select slot_name from pg_replication_slots")).toEqual([]);
});
