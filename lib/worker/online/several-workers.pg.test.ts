import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { parseFollowFigures } from "@/lib/migrations/follow-figures";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { takeOverLimitMs } from "../testing/take-over-limit";
import { ended, messagesOf, type OnlineRow, OnlineScene, startWriter, until } from "./testing/online-scene";
import { WorkerProcesses } from "./testing/worker-processes";

vi.setConfig({ testTimeout: 200_000 });

const NAMES = ["one", "two", "three"] as const;
const LONG_MS = 120_000;

let scene: OnlineScene;
let workers: WorkerProcesses;

beforeAll(async () => {
  scene = await OnlineScene.start();
  workers = new WorkerProcesses(scene.testStore.url);
});

afterEach(() => workers.kill());

afterAll(() => scene?.[Symbol.asyncDispose]());

const figures = (row: OnlineRow) => parseFollowFigures(row.databases[0]?.followFigures);
const isFollowed = (row: OnlineRow) => (figures(row)?.appliedChanges ?? 0) > 0;
const waits = (row: OnlineRow) => row.substate === "WaitingForCutoverTrigger";

it("of two workers that follow three migrations one is killed: the other takes over both of its own, and nothing is applied twice", async () => {
  for (const name of NAMES) await scene.createDatabase(name);
  // Takes the first two and no more; whoever comes later gets the third.
  const dying = await workers.start(2);
  const ids = [await scene.create(["one"]), await scene.create(["two"])];
  const isTaken = (row: OnlineRow) => row.workerName === dying;
  await Promise.all(ids.map((id) => until(id, "taken", isTaken)));
  const other = await workers.start();
  ids.push(await scene.create(["three"]));
  const writers = await Promise.all(NAMES.map((name) => startWriter(scene.source, name)));
  // Whether they have caught up does not matter, and is a question of the machine.
  const before = await Promise.all(ids.map((id) => until(id, "followed", isFollowed, LONG_MS)));
  expect(before.map(({ workerName }) => workerName)).toEqual([dying, dying, other]);
  await workers.kill(dying);
  const limitMs = takeOverLimitMs();
  const after = await Promise.all(
    ids.map((id, at) =>
      until(id, "followed on by the other", (row) => isFollowedOn(row, before[at], other), limitMs),
    ),
  );
  expect(after.map(({ runEpoch }) => runEpoch)).toEqual([2, 2, 1]);

  await Promise.all(writers.map((writer) => writer.stop()));
  await Promise.all(ids.map((id) => until(id, "waiting for its cutover", waits, LONG_MS)));
  await Promise.all(ids.map((migrationId) => requestCutover({ migrationId, actor: "eve" })));
  for (const [at, id] of ids.entries()) {
    const row = await until(id, "ended", ended);
    const name = NAMES[at] ?? "";
    expect([name, row.state, row.error, figures(row)?.divergences]).toEqual([name, "Succeeded", null, 0]);
    expect(messagesOf(row, "worker-took-over")).toHaveLength(name === "three" ? 0 : 1);
    await runSql(settingsOf(scene.source, name), "refresh materialized view total");
    expect(await compareDatabases(settingsOf(scene.source, name), settingsOf(scene.target, name))).toEqual(
      [],
    );
  }
  expect(await scene.captures(NAMES)).toEqual([]);
});

/** By `worker`, more was applied than before. */
function isFollowedOn(row: OnlineRow, before: OnlineRow | undefined, worker: string): boolean {
  const was = before && figures(before);
  return row.workerName === worker && (figures(row)?.appliedChanges ?? 0) > (was?.appliedChanges ?? 0);
}
