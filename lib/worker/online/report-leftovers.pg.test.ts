import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { requestCancel } from "@/lib/store/wishes";
import { startWorker, type Worker } from "../start-worker";
import { ended, messagesOf, OnlineScene, until } from "./testing/online-scene";

vi.setConfig({ testTimeout: 60_000 });

/** As a run of another installation names them, whose store is lost. */
const DEAD = "howdah_dead00ff11ee22dd_0_ab12cd";

let scene: OnlineScene;
let worker: Worker;
const actor = "eve";

beforeAll(async () => {
  scene = await OnlineScene.start();
  worker = await startWorker({ databaseUrl: scene.testStore.url, name: "tester" });
});

afterAll(async () => {
  await worker?.stop();
  await scene?.[Symbol.asyncDispose]();
});

const waits = (row: { substate: string }) => row.substate === "WaitingForCutoverTrigger";

/** The statement that a message ends with. */
const remedyOf = (message: string) => message.slice(message.lastIndexOf(": ") + 2);

it("what dead runs left on both servers is told of once, left alone, and goes with the statements told", async () => {
  const source = () => settingsOf(scene.source, "shop");
  const online = { plugin: "pgoutput" } as const;
  await scene.createDatabase("shop");
  // Another migration's of this installation is none of it: it lives.
  const living = await scene.create(["shop"], { howdah: { online } });
  const first = await until(living, "waiting for its cutover", waits);
  expect(messagesOf(first, "leftover-slots")).toEqual([]);
  await runSql(
    source(),
    `select pg_create_logical_replication_slot('${DEAD}', 'pgoutput')`,
    `create publication ${DEAD}`,
    "select pg_create_logical_replication_slot('someone', 'pgoutput')",
  );
  await runSql(settingsOf(scene.target), `select pg_replication_origin_create('${DEAD}')`);
  const dead = [`slot ${DEAD}`, `origin ${DEAD}`, `publication ${DEAD}`];
  const before = await scene.captures(["shop"]);
  expect(before).toEqual(expect.arrayContaining(dead));

  const howdah = { online, databases: [{ name: "shop", targetName: "again" }] };
  const id = await scene.create(["shop"], { howdah });
  const row = await until(id, "waiting for its cutover", waits);
  const told = row.events.filter(({ kind }) => kind === "leftover-slots");
  expect(told.map(({ level, data, database }) => [level, data, database])).toEqual([
    ["warning", { slot: DEAD }, "shop"],
    ["warning", { publication: DEAD }, "shop"],
    ["warning", { origin: DEAD }, null],
  ]);
  const started = row.events.findIndex(({ kind }) => kind === "database-started");
  expect(row.events.findLastIndex(({ kind }) => kind === "leftover-slots")).toBeLessThan(started);

  await requestCancel({ migrationId: id, actor });
  expect(messagesOf(await until(id, "ended", ended), "leftover-slots")).toHaveLength(3);
  expect(await scene.captures(["shop"])).toEqual(before);
  const [slot = "", publication = "", origin = ""] = told.map(({ message }) => remedyOf(message));
  await runSql(source(), slot, publication);
  await runSql(settingsOf(scene.target), origin);
  expect(await scene.captures(["shop"])).toEqual(before.filter((line) => !dead.includes(line)));
  await requestCancel({ migrationId: living, actor });
  await until(living, "ended", ended);
  expect(await scene.captures(["shop"])).toEqual(["slot someone"]);
});
