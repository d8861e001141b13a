import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { parseFollowFigures } from "@/lib/migrations/follow-figures";
import { setThrottle } from "@/lib/store/control-wishes";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { takeOverLimitMs } from "../testing/take-over-limit";
import { ended, messagesOf, type OnlineRow, OnlineScene, startWriter, until } from "./testing/online-scene";
import { WorkerProcesses } from "./testing/worker-processes";

vi.setConfig({ testTimeout: 200_000 });

let scene: OnlineScene;
let workers: WorkerProcesses;

beforeAll(async () => {
  scene = await OnlineScene.start();
  workers = new WorkerProcesses(scene.testStore.url);
});

afterEach(() => workers.kill());

afterAll(() => scene?.[Symbol.asyncDispose]());

const applied = (row: OnlineRow) => parseFollowFigures(row.databases[0]?.followFigures)?.appliedChanges ?? 0;
const waits = (row: OnlineRow) => row.substate === "WaitingForCutoverTrigger";

it("a worker killed in a copy, while it follows and in a cutover is replaced within 15 s, and nothing is lost or done twice", async () => {
  for (const name of ["followed", "cut"]) await scene.createDatabase(name);
  await scene.createDatabase("copied", 50_000);
  // Long enough to be met in the middle of the cutover, which fills it anew.
  await runSql(
    settingsOf(scene.source, "cut"),
    "create materialized view slow as select pg_sleep(2)::text as nap",
  );
  await workers.start();
  const writers = await Promise.all(
    ["copied", "followed", "cut"].map((name) => startWriter(scene.source, name)),
  );
  const [followed, cut] = [await scene.create(["followed"]), await scene.create(["cut"])];
  const wish = (migrationId: string) => ({ migrationId, actor: "eve" });
  const before = await until(followed, "waiting for its cutover", waits);
  await until(cut, "waiting for its cutover", waits);
  const copied = await scene.create(["copied"], { howdah: { throttle: { megabytesPerSecond: 0.1 } } });
  await until(copied, "copying", ({ databases }) => databases[0]?.phase === "copy");
  await writers[2]?.stop();
  await requestCutover(wish(cut));
  await until(cut, "cutting over", ({ databases }) => databases[0]?.phase === "cutover");
  await workers.kill();
  await workers.start();
  const takenOver = (row: OnlineRow) => row.runEpoch === 2;
  await Promise.all(
    [copied, followed, cut].map((id) => until(id, "taken over", takenOver, takeOverLimitMs())),
  );

  const again = await until(followed, "following again", (row) => applied(row) > applied(before));
  expect([again.substate, again.databases[0]?.captureName]).toEqual([
    "WaitingForCutoverTrigger",
    before.databases[0]?.captureName,
  ]);
  await setThrottle({ ...wish(copied), throttle: { megabytesPerSecond: null } });
  await until(copied, "waiting for its cutover", waits);
  await Promise.all(writers.map((writer) => writer.stop()));
  await requestCutover(wish(copied));
  await requestCutover(wish(followed));
  for (const [id, name] of [
    [copied, "copied"],
    [followed, "followed"],
    [cut, "cut"],
  ] as const) {
    const row = await until(id, "ended", ended);
    expect([name, row.state, row.error, row.runEpoch]).toEqual([name, "Succeeded", null, 2]);
    expect(messagesOf(row, "worker-took-over")).toHaveLength(1);
    await runSql(settingsOf(scene.source, name), "refresh materialized view total");
    expect(await compareDatabases(settingsOf(scene.source, name), settingsOf(scene.target, name))).toEqual(
      [],
    );
  }
  expect(await scene.captures(["copied", "followed", "cut"])).toEqual([]);
});
