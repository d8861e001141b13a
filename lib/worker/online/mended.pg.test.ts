import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { startWorker } from "../start-worker";
import { ended, OnlineScene, until } from "./testing/online-scene";

let scene: OnlineScene;

beforeAll(async () => {
  scene = await OnlineScene.start();
});

afterAll(() => scene?.[Symbol.asyncDispose]());

it("what people can mend while changes are followed is waited for, and nothing is lost", async () => {
  await runSql(settingsOf(scene.source), "create role mover login replication superuser password 'first'");
  await scene.createDatabase("shop");
  const source = settingsOf(scene.source, "shop");
  await runSql(source, "create type mood as enum ('good')", "alter table account add mood mood");
  const { url: databaseUrl } = scene.testStore;
  await using stack = new AsyncDisposableStack();
  const worker = await startWorker({ databaseUrl, name: "tester" });
  stack.defer(() => worker.stop());
  const id = await scene.create(["shop"], {}, { user: "mover", password: "first" });
  await until(id, "waiting for its cutover", ({ substate }) => substate === "WaitingForCutoverTrigger");
  const waitsFor = (text: RegExp) =>
    until(id, `waiting for ${text}`, ({ databases }) => text.test(databases[0]?.message ?? ""));

  await runSql(source, "alter type mood add value 'bad'", "update account set mood = 'bad' where id = 1");
  await waitsFor(/^Waiting until this is mended \(CHANGE_REFUSED\): .*enum.*it goes on by itself\.$/);
  await runSql(settingsOf(scene.target, "shop"), "alter type mood add value 'bad'");
  await until(id, "following", ({ databases }) => databases[0]?.message === null);
  // A login that is under way is not seen by what ends the sessions below, and knows the old password still.
  const readers = () => queryRows(source, "select from pg_replication_slots where active");
  await expect.poll(readers, { timeout: 15_000 }).toHaveLength(1);

  await runSql(
    source,
    "alter role mover password 'second'",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mover'",
    "insert into line values ('meanwhile')",
  );
  await waitsFor(/\(PASSWORD_REJECTED\)/);
  expect(await scene.captures(["shop"])).toHaveLength(2);
  await runSql(source, "alter role mover password 'first'");
  await requestCutover({ migrationId: id, actor: "eve" });
  const end = await until(id, "ended", ended);
  expect([end.state, end.error]).toEqual(["Succeeded", null]);
  expect(await compareDatabases(source, settingsOf(scene.target, "shop"))).toEqual([]);
  expect(await scene.captures(["shop"])).toEqual([]);
});

it("a table whose target is not mended in time is paused, and all others go on; mended later, it is copied again", async () => {
  vi.stubEnv("HOWDAH_RETRY_MINUTES", "0.2");
  await scene.createDatabase("worn");
  const [source, target] = [settingsOf(scene.source, "worn"), settingsOf(scene.target, "worn")];
  await runSql(source, "create type mood as enum ('good')", "alter table account add mood mood");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => void vi.unstubAllEnvs());
  const worker = await startWorker({ databaseUrl: scene.testStore.url, name: "tester" });
  stack.defer(() => worker.stop());
  const id = await scene.create(["worn"]);
  await until(id, "waiting for its cutover", ({ substate }) => substate === "WaitingForCutoverTrigger");
  await runSql(source, "alter type mood add value 'bad'", "update account set mood = 'bad' where id = 1");
  await until(id, "waiting to be mended", ({ databases }) =>
    /\(CHANGE_REFUSED\)/.test(databases[0]?.message ?? ""),
  );
  const paused = await until(id, "paused", ({ databases }) => {
    const stopped = databases[0]?.stoppedTables;
    return Array.isArray(stopped) && stopped.length > 0;
  });
  expect(paused.databases[0]?.stoppedTables).toMatchObject([{ name: "account", reason: "refused" }]);
  await runSql(source, "insert into line values ('meanwhile')");
  const lines = () => queryRows(target, "select from line");
  await expect.poll(lines, { timeout: 15_000 }).toHaveLength(1);
  await runSql(target, "alter type mood add value 'bad'");
  await requestCutover({ migrationId: id, actor: "eve" });
  const end = await until(id, "ended", ended);
  expect([end.state, end.error]).toEqual(["Succeeded", null]);
  expect(await compareDatabases(source, target)).toEqual([]);
  expect(await scene.captures(["worn"])).toEqual([]);
});
