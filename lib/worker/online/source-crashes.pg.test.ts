import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { startWorker } from "../start-worker";
import { OnlineScene, until } from "./testing/online-scene";

let scene: OnlineScene;

beforeAll(async () => {
  scene = await OnlineScene.start();
});

afterAll(() => scene?.[Symbol.asyncDispose]());

/** Kills the process that sends changes of `database`, as a fault in a type's function would; how often, once `isOver`. */
async function killSenders(database: string, isOver: () => boolean): Promise<number> {
  let kills = 0;
  while (!isOver()) {
    const senders = await queryRows<{ pid: number }>(
      settingsOf(scene.source),
      "select pid from pg_stat_activity where backend_type = 'walsender' and datname = $1",
      [database],
    ).catch(() => []);
    for (const { pid } of senders) {
      process.kill(pid, "SIGKILL");
      kills++;
    }
    await sleep(100);
  }
  return kills;
}

it("a source that crashes each time it is asked for the same changes is not asked for ever", async () => {
  for (const name of ["shop", "crm"]) await scene.createDatabase(name);
  await using stack = new AsyncDisposableStack();
  const worker = await startWorker({ databaseUrl: scene.testStore.url, name: "tester" });
  stack.defer(() => worker.stop());
  const id = await scene.create(["shop", "crm"]);
  await until(id, "waiting for its cutover", ({ substate }) => substate === "WaitingForCutoverTrigger");
  const abort = new AbortController();
  const killing = killSenders("shop", () => abort.signal.aborted);
  const [shop] = (
    await until(id, "shop has failed", ({ databases }) => databases[0]?.state === "Failed").finally(() =>
      abort.abort(),
    )
  ).databases;
  // Two of which nobody knows whose they are, two when shop's stream alone was new, and any that came later than its trial.
  const kills = await killing;
  expect(kills).toBeGreaterThanOrEqual(4);
  expect(kills).toBeLessThan(8);
  expect(shop?.message).toMatch(
    /^SOURCE_CRASHES: The source crashed again and again, .* changes of shop; it is not asked any more/,
  );
  // The other one, whose sender each crash has ended as well, goes on.
  await runSql(settingsOf(scene.source, "crm"), "insert into line values ('later')");
  const lines = () => queryRows(settingsOf(scene.target, "crm"), "select from line");
  await expect.poll(lines, { timeout: 20_000 }).toHaveLength(1);
  const slots = () =>
    queryRows(settingsOf(scene.source), "select from pg_replication_slots where database = 'shop'");
  await expect.poll(slots, { timeout: 20_000 }).toEqual([]);
});
