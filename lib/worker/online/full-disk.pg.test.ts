import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { mountSmallDisk, type SmallDisk } from "@/lib/engine/testing/full-disk";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { runSql } from "@/lib/engine/testing/with-session";
import { requestCutover } from "@/lib/store/online/database-wishes";
import { startWorker } from "../start-worker";
import { ended, OnlineScene, until } from "./testing/online-scene";

const MEGABYTE = 1024 * 1024;

let disk: SmallDisk | null = null;
let scene: OnlineScene;

beforeAll(async () => {
  disk = mountSmallDisk(40);
  scene = await OnlineScene.start();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  disk?.[Symbol.dispose]();
});

it("a target whose disk fills while changes are followed is waited for, and has them all in the end", async (context) => {
  if (!disk) return context.skip("a small disk cannot be mounted here: it needs root and the right to mount");
  // New databases lie where the template does.
  await runSql(
    settingsOf(scene.target),
    `create tablespace small location '${disk.folder}'`,
    "alter database template0 set tablespace small",
  );
  await scene.createDatabase("shop");
  const { url: databaseUrl } = scene.testStore;
  await using stack = new AsyncDisposableStack();
  const worker = await startWorker({ databaseUrl, name: "tester" });
  stack.defer(() => worker.stop());
  const id = await scene.create(["shop"]);
  await until(id, "waiting for its cutover", ({ substate }) => substate === "WaitingForCutoverTrigger");
  const filler = join(disk.folder, "..", "filler");
  fill(filler);
  const source = settingsOf(scene.source, "shop");
  await runSql(
    source,
    "update account set balance = 1",
    "insert into entry (account_id, amount) select i % 50 + 1, 0 from generate_series(1, 4000) i",
    "insert into line select repeat(i::text, 400) from generate_series(1, 4000) i",
    "refresh materialized view total",
  );
  const isWaiting = /^Waiting for room on the disk: could not extend file .* it goes on by itself\.$/;
  await until(id, "waiting for room", (row) => isWaiting.test(row.databases[0]?.message ?? ""));
  expect(await scene.captures(["shop"])).toHaveLength(2);
  rmSync(filler);
  await requestCutover({ migrationId: id, actor: "eve" });
  const end = await until(id, "ended", ended);
  expect([end.state, end.error]).toEqual(["Succeeded", null]);
  expect(await compareDatabases(source, settingsOf(scene.target, "shop"))).toEqual([]);
  expect(await scene.captures(["shop"])).toEqual([]);
});

/** Takes what room is left, down to the last blocks. */
function fill(path: string): void {
  for (const bytes of [MEGABYTE, 64 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }
}
