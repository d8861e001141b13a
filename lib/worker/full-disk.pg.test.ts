import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startTestServer } from "@/lib/embedded/test-server";
import { mountSmallDisk } from "@/lib/engine/testing/full-disk";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { store } from "@/lib/store/client";
import { createMigration } from "@/lib/store/create-migration";
import { bodyOf, registerServer, startTestStore } from "@/lib/store/testing/test-store";
import { startWorker } from "./start-worker";

const MEGABYTE = 1024 * 1024;

it("a full target is waited for, and what did not fit moves once there is room", async (context) => {
  using disk = mountSmallDisk(60);
  if (!disk) return context.skip("a small disk cannot be mounted here: it needs root and the right to mount");
  await using testStore = await startTestStore();
  await using source = await startTestServer(16);
  await using target = await startTestServer(17);
  const filler = join(disk.folder, "..", "filler");
  writeFileSync(filler, Buffer.alloc(35 * MEGABYTE));
  await runSql(settingsOf(source), "create database shop");
  await runSql(
    settingsOf(source, "shop"),
    "create table small (id int primary key)",
    "insert into small select generate_series(1, 1000)",
    "create table big (id int primary key, v text)",
    "insert into big select i, repeat(md5(i::text), 8) from generate_series(1, 75000) i",
  );
  // New databases lie where the template does.
  await runSql(
    settingsOf(target),
    `create tablespace small location '${disk.folder}'`,
    "alter database template0 set tablespace small",
  );
  const server = await registerServer(target);
  const body = bodyOf(source, target, { dbsToMigrate: ["shop"] });
  const { id } = await createMigration({ server, name: "full", body, actor: "test" });
  const worker = await startWorker({ databaseUrl: testStore.url, name: "tester" });
  const read = () => store().migration.findUniqueOrThrow({ where: { id }, include: { databases: true } });
  try {
    await expect
      .poll(async () => (await read()).databases[0]?.message, { timeout: 60_000 })
      .toMatch(/^Waiting for room on the disk: could not extend file .* it goes on by itself\.$/);
    expect((await read()).state).toBe("InProgress");
    expect(await queryRows(settingsOf(target, "shop"), "select count(*)::int as n from small")).toEqual([
      { n: 1000 },
    ]);
    rmSync(filler);
    await expect.poll(async () => (await read()).substate, { timeout: 60_000 }).toBe("Completed");
    const row = await read();
    expect([row.state, row.error]).toEqual(["Succeeded", null]);
    expect(row.databases[0]).toMatchObject({ state: "Succeeded", tablesErrored: 0, tablesCompleted: 2 });
    expect(await store().migrationProblem.count({ where: { severity: "error" } })).toBe(0);
  } finally {
    await worker.stop();
  }
  const sum = "select count(*)::int as n, md5(string_agg(v, ',' order by id)) as sum from big";
  expect(await queryRows(settingsOf(target, "shop"), sum)).toEqual(
    await queryRows(settingsOf(source, "shop"), sum),
  );
}, 180_000);
