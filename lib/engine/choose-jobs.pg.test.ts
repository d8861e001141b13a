import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { chooseJobs } from "./choose-jobs";
import { startFarNetwork } from "./testing/far-network";
import { settingsOf } from "./testing/settings-of";
import { queryRows, runSql, withSession } from "./testing/with-session";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(12);
  await runSql(settingsOf(server), "create role narrow login password 'narrow' connection limit 5");
});
afterAll(async () => await server.stop());

async function choose(
  settings: ConnectionSettings,
  asked?: number,
  signal = new AbortController().signal,
): Promise<number> {
  return await withSession(
    settings,
    async (client) => await chooseJobs({ asked, source: client, target: client, settings, signal }),
  );
}

async function sessionsLeft(): Promise<unknown[]> {
  const sql = "select pid from pg_stat_activity where application_name = 'howdah cores'";
  return await queryRows(settingsOf(server), sql);
}

test("as many as the target has cores, from 2 to 8, and no session is left", async () => {
  const jobs = await choose(settingsOf(server));
  expect(jobs).toBeGreaterThanOrEqual(2);
  expect(jobs).toBeLessThanOrEqual(8);
  await expect.poll(sessionsLeft).toEqual([]);
});

test("more of a target that is far away", async () => {
  // So far that even one core, which is all a busy machine may leave, asks for as many.
  await using far = await startFarNetwork(server, 150);
  const settings = { ...settingsOf(server), host: far.host, port: far.port };
  expect(await choose(settings)).toBe(8);
});

test("what was asked for, up to a third of the free sessions", async () => {
  expect(await choose(settingsOf(server), 5)).toBe(5);
  expect(await choose(settingsOf(server), 500)).toBeLessThanOrEqual(33);
});

test("a login that may open few sessions gets a third of them, unmeasured", async () => {
  const narrow = { ...settingsOf(server), user: "narrow", password: "narrow" };
  expect(await choose(narrow)).toBe(1);
  expect(await choose(narrow, 4)).toBe(1);
});

test("the abort's reason is thrown while cores are measured, and no session is left", async () => {
  const stop = new AbortController();
  const choosing = choose(settingsOf(server), undefined, stop.signal);
  setTimeout(() => stop.abort(new Error("stopped")), 15);
  await expect(choosing).rejects.toThrow("stopped");
  await expect.poll(sessionsLeft).toEqual([]);
});
