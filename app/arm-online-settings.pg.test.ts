import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { type Answer, ArmApp, migrationPath, VERSION } from "@/lib/server/testing/arm-app";
import { store, storeUrl } from "@/lib/store/client";
import { startWorker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));

const app = ArmApp.forFile();
const { send, create, patch } = app;
const online = (settings: Record<string, unknown>) => ({ howdah: { online: settings } });
const onlineOf = ({ body }: Answer) =>
  (body["properties"] as { howdah: { online?: unknown } } | undefined)?.howdah.online;
const ASKED = { migrationMode: "Online", migrationOption: "Migrate" };

describe("settings of how changes are followed", () => {
  test("change one by one, in the states in which they can; each change is in the log once", async () => {
    await create("set", { ...ASKED, ...online({ plugin: "pgoutput" }) });
    for (const status of [
      { state: "WaitingForUserAction", substate: "WaitingForDBsToMigrateSpecification" },
      { state: "WaitingForUserAction", substate: "WaitingForCutoverTrigger" },
      { state: "InProgress", substate: "MigratingData", pauseRequestedAt: new Date() },
    ]) {
      await store().migration.updateMany({ where: { name: "set" }, data: { ...status, runEpoch: 1 } });
      const first = await patch("set", online({ onDivergence: "continue" }));
      expect(onlineOf(first), JSON.stringify(first.body)).toEqual({
        plugin: "pgoutput",
        onDivergence: "continue",
      });
      await patch("set", online({ onDivergence: "continue" }));
      const second = await patch("set", online({ walLimitMegabytes: 64, plugin: "pgoutput" }));
      expect(onlineOf(second)).toMatchObject({ onDivergence: "continue", walLimitMegabytes: 64 });
      const third = await patch("set", online({ walLimitMegabytes: null, onDivergence: "stop" }));
      expect(onlineOf(third)).toMatchObject({ onDivergence: "stop", walLimitMegabytes: null });
      await store().migration.updateMany({
        where: { name: "set" },
        data: { options: { online: { plugin: "pgoutput" } } },
      });
    }
    const { id } = await store().migration.findFirstOrThrow({ where: { name: "set" } });
    const told = await store().migrationEvent.findMany({
      where: { migrationId: id, kind: "wish-received" },
      orderBy: { id: "asc" },
    });
    expect(told.slice(0, 3).map(({ message }) => message)).toEqual([
      "How changes are followed was set by tester: continue on divergence, no limit of WAL.",
      "How changes are followed was set by tester: continue on divergence, at most 64 MB of WAL for each slot.",
      "How changes are followed was set by tester: stop on divergence, no limit of WAL.",
    ]);
    expect(told).toHaveLength(9);
  });

  test("what cannot be is refused with the reason", async () => {
    await create("fixed", ASKED);
    const wanted = online({ onDivergence: "continue" });
    const in_ = (data: object) => store().migration.updateMany({ where: { name: "fixed" }, data });
    const plugin = await patch("fixed", online({ plugin: "pgoutput" }));
    expect([plugin.status, plugin.body.error?.code, plugin.body.error?.target]).toEqual([
      400,
      "PropertyChangeNotAllowed",
      "properties.howdah.online.plugin",
    ]);
    await in_({ state: "InProgress", substate: "MigratingData", runEpoch: 1 });
    const copying = await patch("fixed", wanted);
    expect([copying.status, copying.body.error?.code]).toEqual([409, "ACTION_NOT_ALLOWED"]);
    expect(copying.body.error?.message).toMatch(
      /^Cannot change howdah\.online now: the migration is InProgress\/MigratingData; .*in a pause.*Allowed now: /,
    );
    await in_({ state: "WaitingForUserAction", substate: "WaitingForCutoverTrigger" });
    const state = "WaitingForCutoverTrigger";
    await store().migrationDatabase.updateMany({ data: { state, cutoverRequestedAt: new Date() } });
    expect((await patch("fixed", wanted)).body.error?.message).toContain("a cutover was asked for");
    await in_({ state: "Failed", substate: "Completed" });
    await store().migrationDatabase.updateMany({ data: { cutoverRequestedAt: null } });
    expect((await patch("fixed", wanted)).status).toBe(409);
    await create("offline", { migrationOption: "Migrate" });
    const offline = await patch("offline", wanted);
    expect([offline.status, offline.body.error?.target]).toEqual([400, "properties.howdah.online"]);
    const unknown = await patch("fixed", online({ cutoverWhenLagBelow: "1s" }));
    expect([unknown.status, unknown.body.error?.target]).toEqual([
      400,
      "properties.howdah.online.cutoverWhenLagBelow",
    ]);
    for (const limit of [1, "64", 1e12]) {
      expect((await patch("fixed", online({ walLimitMegabytes: limit }))).status).toBe(400);
    }
  });

  test("a failed one is tried again with others", async () => {
    const secretParameters = {
      adminCredentials: { sourceServerPassword: "a", targetServerPassword: "b" },
    };
    const again = await patch("fixed", {
      howdah: { retry: "Failed", online: { onDivergence: "continue" } },
      secretParameters,
    });
    expect([again.status, onlineOf(again)]).toEqual([200, { onDivergence: "continue" }]);
  });
});

describe("a worker that follows", () => {
  let source: TestServer;
  beforeAll(async () => {
    source = await startTestServer(16, { settings: { autovacuum: "off" } });
    await runSql(settingsOf(source), "create database live");
    await runSql(
      settingsOf(source, "live"),
      "create table item (id int primary key, name text)",
      "insert into item select i, 'item' from generate_series(1, 20) i",
    );
    await store().migration.deleteMany({});
  });
  afterAll(() => source?.[Symbol.asyncDispose]());

  test("takes the new settings at once, and loses nothing", async () => {
    const worker = await startWorker({ databaseUrl: storeUrl(), name: "tester" });
    try {
      const created = await create("live", {
        ...ASKED,
        dbsToMigrate: ["live"],
        sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
        secretParameters: {
          adminCredentials: {
            sourceServerPassword: source.password,
            targetServerPassword: app.target.password,
          },
        },
      });
      expect(created.status, JSON.stringify(created.body)).toBe(201);
      const isAt = (substate: string, state: string) =>
        vi.waitFor(
          async () => {
            const { body } = await send("GET", `${migrationPath("live")}?${VERSION}`);
            expect(body["properties"]).toMatchObject({
              currentStatus: { state, currentSubStateDetails: { currentSubState: substate } },
            });
          },
          { timeout: 90_000, interval: 200 },
        );
      await isAt("WaitingForCutoverTrigger", "WaitingForUserAction");
      const readers = () =>
        queryRows(settingsOf(source), "select active_pid from pg_replication_slots where active");
      const [before] = await readers();
      expect((await patch("live", online({ onDivergence: "continue" }))).status).toBe(200);
      await vi.waitFor(
        async () => {
          const [now] = await readers();
          expect(now).toBeDefined();
          expect(now).not.toEqual(before);
        },
        { timeout: 60_000, interval: 100 },
      );
      // Under the former policy the row that is missing would end the following.
      await runSql(settingsOf(app.target, "live"), "delete from item where id = 7");
      await runSql(
        settingsOf(source, "live"),
        "update item set name = 'gone' where id = 7",
        "insert into item values (100, 'after')",
      );
      await vi.waitFor(
        async () =>
          expect(
            await queryRows(settingsOf(app.target, "live"), "select name from item where id = 100"),
          ).toEqual([{ name: "after" }]),
        { timeout: 60_000, interval: 200 },
      );
      expect((await patch("live", { triggerCutover: "True" })).status).toBe(200);
      await isAt("Completed", "Succeeded");
      expect(await queryRows(settingsOf(source), "select from pg_replication_slots")).toEqual([]);
    } finally {
      await worker.stop();
    }
  }, 240_000);
});
