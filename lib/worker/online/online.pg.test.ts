import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { compareDatabases } from "@/lib/engine/testing/compare-databases";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { leftSessions } from "@/lib/engine/testing/source-guard";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { parseCutoverResult, parseFollowFigures } from "@/lib/migrations/follow-figures";
import { store } from "@/lib/store/client";
import { requestPause, requestResume, requestRetry } from "@/lib/store/control-wishes";
import { requestCutover, requestDatabaseCancel, requestRehearsal } from "@/lib/store/online/database-wishes";
import { removeMigration, requestCancel } from "@/lib/store/wishes";
import { underLoad } from "@/lib/util/testing/under-load";
import { DEFAULT_ENGINE } from "../default-engine";
import { startWorker, type Worker } from "../start-worker";
import { ended, messagesOf, type OnlineRow, OnlineScene, startWriter, until } from "./testing/online-scene";
import { tidyCaptures } from "./tidy-captures";

vi.setConfig({ testTimeout: 150_000 });

let scene: OnlineScene;
let worker: Worker;
const actor = "eve";

beforeAll(async () => {
  scene = await OnlineScene.start();
});

beforeEach(async () => {
  worker = await startWorker({ databaseUrl: scene.testStore.url, name: "tester" });
});

afterEach(async () => {
  await worker?.stop();
  await scene.drop("shop", "crm");
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const waits = (row: { substate: string }) => row.substate === "WaitingForCutoverTrigger";

describe("an online migration", () => {
  it("follows a source that is written to, and is equal to it after the cutover", async () => {
    await scene.createDatabase("shop", 20_000);
    await using writer = await startWriter(scene.source, "shop");
    const id = await scene.create(["shop"], { howdah: { verifyAtEnd: true } });
    const waiting = await until(id, "waiting for its cutover", waits);
    expect([waiting.state, waiting.databases[0]?.state, waiting.databases[0]?.phase]).toEqual([
      "WaitingForUserAction",
      "WaitingForCutoverTrigger",
      "catch-up",
    ]);
    expect(await scene.captures(["shop"])).toEqual([
      `slot ${waiting.databases[0]?.captureName}`,
      `origin ${waiting.databases[0]?.captureName}`,
    ]);
    const transactions = await writer.stop();
    // The target's is filled anew at the cutover.
    await runSql(settingsOf(scene.source, "shop"), "refresh materialized view total");
    await requestCutover({ migrationId: id, actor });
    const row = await until(id, "ended", ended);
    expect([row.state, row.error]).toEqual(["Succeeded", null]);
    const [database] = row.databases;
    expect([database?.state, database?.phase, database?.captureName]).toEqual(["Succeeded", "done", null]);
    expect(transactions).toBeGreaterThan(20);
    const figures = parseFollowFigures(database?.followFigures);
    expect(figures?.inserts).toBeGreaterThan(0);
    expect(parseCutoverResult(database?.cutover)).toMatchObject({ unfollowed: [] });
    expect(await scene.captures(["shop"])).toEqual([]);
    expect(
      await compareDatabases(settingsOf(scene.source, "shop"), settingsOf(scene.target, "shop")),
    ).toEqual([]);
    expect(await leftSessions(scene.source)).toEqual([]);
    expect(await leftSessions(scene.target)).toEqual([]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    for (const kind of ["caught-up", "cutover-requested", "cutover-started", "cutover-ended"])
      expect(messagesOf(row, kind)).toHaveLength(1);
  });

  it("cuts over one database while the other goes on, after a rehearsal that changed nothing", async () => {
    await scene.createDatabase("shop");
    await scene.createDatabase("crm");
    await using writer = await startWriter(scene.source, "shop");
    const id = await scene.create(["shop", "crm"]);
    const wish = { migrationId: id, actor };
    await expect(requestCutover(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    await until(id, "waiting for its cutover", waits);
    await requestRehearsal({ ...wish, databases: ["shop"] });
    const rehearsed = await until(id, "rehearsed", ({ databases }) => databases[0]?.rehearsal !== null);
    expect(parseCutoverResult(rehearsed.databases[0]?.rehearsal)?.steps.length).toBeGreaterThan(2);
    expect([rehearsed.substate, rehearsed.databases[0]?.rehearsalRequestedAt]).toEqual([
      "WaitingForCutoverTrigger",
      null,
    ]);
    await requestCutover({ ...wish, databases: ["crm"] });
    const half = await until(id, "crm cut over", ({ databases }) => databases[1]?.state === "Succeeded");
    expect([half.substate, half.cutoverRequestedAt, half.databases[0]?.state]).toEqual([
      "WaitingForCutoverTrigger",
      null,
      "WaitingForCutoverTrigger",
    ]);
    await expect(requestRehearsal({ ...wish, databases: ["crm"] })).rejects.toMatchObject({
      message:
        "Cannot rehearse the cutover: crm is Succeeded; the migration is WaitingForUserAction/WaitingForCutoverTrigger.",
    });
    const before = parseFollowFigures(half.databases[0]?.followFigures)?.appliedChanges ?? 0;
    const follows = await until(
      id,
      "shop still following, and crm's capture gone",
      ({ databases: [shop, crm] }) =>
        (parseFollowFigures(shop?.followFigures)?.appliedChanges ?? 0) > before && crm?.captureName === null,
    );
    expect(follows.databases[0]?.state).toBe("WaitingForCutoverTrigger");
    expect(await scene.captures(["shop", "crm"])).toHaveLength(2);
    await writer.stop();
    await runSql(settingsOf(scene.source, "shop"), "refresh materialized view total");
    await requestCutover(wish);
    await expect(requestPause(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    const row = await until(id, "ended", ended);
    expect([row.state, row.error]).toEqual(["Succeeded", null]);
    for (const name of ["shop", "crm"])
      expect(await compareDatabases(settingsOf(scene.source, name), settingsOf(scene.target, name))).toEqual(
        [],
      );
    expect(await scene.captures(["shop", "crm"])).toEqual([]);
  });

  it("ends one database on request, and rests and goes on with the other", async () => {
    await scene.createDatabase("shop");
    await scene.createDatabase("crm");
    await using writer = await startWriter(scene.source, "shop");
    const id = await scene.create(["shop", "crm"], { howdah: { online: { plugin: "pgoutput" } } });
    const wish = { migrationId: id, actor };
    await until(id, "waiting for its cutover", waits);
    expect(
      (await scene.captures(["shop", "crm"])).filter((line) => line.startsWith("publication")),
    ).toHaveLength(2);
    await requestDatabaseCancel({ ...wish, databases: ["crm"], dropTargets: true });
    const half = await until(id, "crm canceled", ({ databases }) => databases[1]?.state === "Canceled");
    expect([half.substate, half.databases[1]?.captureName]).toEqual(["WaitingForCutoverTrigger", null]);
    expect(
      await queryRows(settingsOf(scene.target), "select from pg_database where datname = 'crm'"),
    ).toEqual([]);
    expect(await scene.captures(["shop", "crm"])).toHaveLength(3);
    await requestPause(wish);
    const paused = await until(id, "paused", ({ pausedAt }) => pausedAt !== null);
    expect(messagesOf(paused, "paused")[0]).toContain("keeps its WAL");
    await expect(requestCutover(wish)).rejects.toMatchObject({ code: "ACTION_NOT_ALLOWED" });
    await requestResume(wish);
    const before = parseFollowFigures(paused.databases[0]?.followFigures)?.appliedChanges ?? 0;
    await until(
      id,
      "following again",
      ({ databases }) => (parseFollowFigures(databases[0]?.followFigures)?.appliedChanges ?? 0) > before,
    );
    await writer.stop();
    await runSql(settingsOf(scene.source, "shop"), "refresh materialized view total");
    await requestCutover(wish);
    const row = await until(id, "ended", ended);
    expect([row.state, row.databases.map(({ state }) => state)]).toEqual([
      "Succeeded",
      ["Succeeded", "Canceled"],
    ]);
    expect(
      await compareDatabases(settingsOf(scene.source, "shop"), settingsOf(scene.target, "shop")),
    ).toEqual([]);
    expect(await scene.captures(["shop", "crm"])).toEqual([]);
  });
});

describe("a cancel", () => {
  it.each([
    [
      "while rows are copied",
      { throttle: { megabytesPerSecond: 0.1 } },
      (row: OnlineRow) => row.databases[0]?.phase === "copy",
    ],
    ["while it waits for its cutover", { online: { plugin: "pgoutput" as const } }, waits],
  ])("%s leaves nothing on either server", async (_, howdah, isThere) => {
    await scene.createDatabase("shop", 20_000);
    const id = await scene.create(["shop"], { howdah });
    await until(id, "there", isThere);
    expect(await scene.captures(["shop"])).not.toEqual([]);
    await requestCancel({ migrationId: id, actor, dropTargets: true });
    const row = await until(id, "ended", ended);
    expect([row.state, row.databases[0]?.state, row.databases[0]?.captureName]).toEqual([
      "Canceled",
      "Canceled",
      null,
    ]);
    expect(await scene.captures(["shop"])).toEqual([]);
    expect(await leftSessions(scene.source)).toEqual([]);
    expect(await leftSessions(scene.target)).toEqual([]);
    await removeMigration({ migrationId: id, actor });
  });

  it("of all databases by name is the cancel of the migration; of one that moves offline the others go on", async () => {
    await scene.createDatabase("shop", 20_000);
    await scene.createDatabase("crm");
    const slow = {
      migrationMode: "Offline",
      howdah: { jobs: 1, throttle: { megabytesPerSecond: 0.1 } },
    } as const;
    const id = await scene.create(["shop", "crm"], slow);
    const wish = { migrationId: id, actor };
    await until(id, "copying", (row) => row.databases[0]?.phase === "copy");
    await requestDatabaseCancel({ ...wish, databases: ["shop"] });
    await until(id, "shop canceled", (row) => row.databases[0]?.state === "Canceled");
    const crm = await until(id, "crm begun", (row) => row.databases[1]?.state === "InProgress");
    expect(messagesOf(crm, "database-canceled")[0]).toContain("shop stays there");
    await requestDatabaseCancel({ ...wish, databases: ["crm"] });
    const row = await until(id, "ended", ended);
    expect([row.state, row.databases.map(({ state }) => state)]).toEqual([
      "Canceled",
      ["Canceled", "Canceled"],
    ]);
  });

  it("while the source is away says which slot is left, and removes it once the source is back", async () => {
    await scene.createDatabase("shop");
    const id = await scene.create(["shop"]);
    const wish = { migrationId: id, actor };
    const name = (await until(id, "waiting for its cutover", waits)).databases[0]?.captureName ?? "";
    await scene.source.kill();
    try {
      await requestCancel(wish);
      const row = await until(id, "ended", ended);
      expect([row.state, row.databases[0]?.captureName]).toEqual(["Canceled", name]);
      expect(messagesOf(row, "capture-remains")[0]).toContain(`select pg_drop_replication_slot('${name}')`);
      await expect(removeMigration(wish)).rejects.toMatchObject({ code: "CAPTURE_REMAINS" });
    } finally {
      scene.source = await scene.source.restart();
    }
    expect(await scene.captures(["shop"])).toEqual([`slot ${name}`]);
    await tidyCaptures(DEFAULT_ENGINE, new AbortController().signal);
    expect(await scene.captures(["shop"])).toEqual([]);
    expect(await store().migrationSecret.count({ where: { migrationId: id } })).toBe(0);
    await removeMigration(wish);
  });
});

it("servers that are away are waited for, and the following goes on", async () => {
  await scene.createDatabase("shop");
  const id = await scene.create(["shop"]);
  await until(id, "waiting for its cutover", waits);
  for (const side of ["source", "target"] as const) {
    await scene[side].kill();
    try {
      const away = await until(id, "waiting for the server", (row) =>
        row.databases[0]?.message?.includes("to come back"),
      );
      expect(away.databases[0]?.message).toMatch(`Waiting for the ${side} to come back: `);
    } finally {
      scene[side] = await scene[side].restart();
    }
    await runSql(settingsOf(scene.source, "shop"), "insert into entry (account_id, amount) values (1, 7)");
    const backAt = performance.now();
    const inserted = side === "source" ? 1 : 2;
    await until(
      id,
      "following again",
      (row) => parseFollowFigures(row.databases[0]?.followFigures)?.inserts === inserted,
    );
    expect(performance.now() - backAt).toBeLessThan(underLoad(15_000));
  }
  await runSql(settingsOf(scene.source, "shop"), "refresh materialized view total");
  await requestCutover({ migrationId: id, actor });
  const row = await until(id, "ended", ended);
  expect([row.state, row.runEpoch]).toEqual(["Succeeded", 1]);
  expect(await compareDatabases(settingsOf(scene.source, "shop"), settingsOf(scene.target, "shop"))).toEqual(
    [],
  );
});

it("one database that cannot be followed does not hold up the other, and leaves no slot", async () => {
  await scene.createDatabase("shop");
  await scene.createDatabase("crm");
  const id = await scene.create(["shop", "crm"]);
  const waiting = await until(id, "waiting for its cutover", waits);
  // Someone writes to the target: the next change of this row finds none.
  await runSql(
    settingsOf(scene.target, "crm"),
    "set session_replication_role = replica",
    "delete from account where id = 3",
  );
  await runSql(settingsOf(scene.source, "crm"), "update account set balance = 1 where id = 3");
  const failed = await until(
    id,
    "crm failed",
    ({ databases }) => databases[1]?.state === "Failed" && databases[1].captureName === null,
  );
  expect(failed.databases[1]?.message).toContain("CHANGE_DIVERGED");
  expect([failed.substate, await scene.captures(["shop", "crm"])]).toEqual([
    "WaitingForCutoverTrigger",
    [`slot ${waiting.databases[0]?.captureName}`, `origin ${waiting.databases[0]?.captureName}`],
  ]);
  await requestCutover({ migrationId: id, actor });
  const row = await until(id, "ended", ended);
  expect([row.state, row.errorCode, row.databases[0]?.state]).toEqual([
    "Failed",
    "CHANGE_DIVERGED",
    "Succeeded",
  ]);
  const passwords = { source: scene.source.password, target: scene.target.password };
  await requestRetry({ migrationId: id, actor, scope: "Failed", ...passwords });
  const again = await until(id, "waiting for its cutover again", waits);
  expect(again.databases[1]?.captureName).not.toBe(waiting.databases[1]?.captureName);
  await requestCutover({ migrationId: id, actor });
  const mended = await until(id, "ended", ended);
  expect([mended.state, mended.error, mended.attempt]).toEqual(["Succeeded", null, 2]);
  expect(await compareDatabases(settingsOf(scene.source, "crm"), settingsOf(scene.target, "crm"))).toEqual(
    [],
  );
  expect(await scene.captures(["shop", "crm"])).toEqual([]);
});

describe("a limit of the WAL that the source keeps", () => {
  const online = { walLimitMegabytes: 64 };
  const writeWal = (segments: number) =>
    runSql(
      settingsOf(scene.source, "shop"),
      ...Array.from({ length: segments }, () => [
        "select pg_logical_emit_message(false, 'test', 'x')",
        "select pg_switch_wal()",
      ]).flat(),
    );

  it("ends a copy that takes too long for it, and the slot is gone", async () => {
    await scene.createDatabase("shop", 50_000);
    const id = await scene.create(["shop"], { howdah: { online, throttle: { megabytesPerSecond: 0.1 } } });
    await until(id, "copying", (row) => row.databases[0]?.phase === "copy");
    await writeWal(6);
    const row = await until(id, "ended", ended);
    expect([row.state, row.errorCode]).toEqual(["Failed", "WAL_BUDGET_EXCEEDED"]);
    expect(await scene.captures(["shop"])).toEqual([]);
  });

  it("ends a pause before it is reached, so that the source can remove WAL", async () => {
    await scene.createDatabase("shop");
    const id = await scene.create(["shop"], { howdah: { online } });
    await until(id, "waiting for its cutover", waits);
    await requestPause({ migrationId: id, actor });
    await until(id, "paused", ({ pausedAt }) => pausedAt !== null);
    await writeWal(4);
    await tidyCaptures(DEFAULT_ENGINE, new AbortController().signal);
    const row = await until(id, "resumed", ({ pauseRequestedAt, databases }) => {
      const retained = parseFollowFigures(databases[0]?.followFigures)?.slot?.retainedBytes;
      return pauseRequestedAt === null && (retained ?? Number.MAX_VALUE) < 40_000_000;
    });
    expect(messagesOf(row, "wal-warning")[0]).toContain("The pause is ended");
    await requestCancel({ migrationId: id, actor });
    expect((await until(id, "ended", ended)).state).toBe("Canceled");
  });
});
