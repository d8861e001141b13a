import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { CliApp } from "@/lib/cli/testing/cli-app";
import { startTestServer, type TestServer } from "@/lib/embedded/test-server";
import { settingsOf } from "@/lib/engine/testing/settings-of";
import { queryRows, runSql } from "@/lib/engine/testing/with-session";
import { storeUrl } from "@/lib/store/client";
import { startWorker, type Worker } from "@/lib/worker/start-worker";

vi.mock("server-only", () => ({}));
vi.setConfig({ testTimeout: 150_000 });

const DATABASES = ["crm", "shop", "time"];
const cli = CliApp.forFile();
const { spawned } = cli;
let source: TestServer;
let worker: Worker;

beforeAll(async () => {
  source = await startTestServer(16, { settings: { autovacuum: "off" } });
  for (const name of DATABASES) {
    await runSql(settingsOf(source), `create database ${name}`);
    await runSql(
      settingsOf(source, name),
      "create table item (id int primary key)",
      "insert into item select generate_series(1, 50)",
    );
  }
  worker = await startWorker({ databaseUrl: storeUrl(), name: "tester" });
});

afterAll(async () => {
  await worker?.stop();
  await source?.[Symbol.asyncDispose]();
});

/** Creates an online migration by the command line. */
async function create(name: string, dbsToMigrate: readonly string[]): Promise<void> {
  const { target } = cli.served;
  const properties = {
    sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
    dbsToMigrate,
    overwriteDbsInTarget: "True",
    secretParameters: {
      adminCredentials: { sourceServerPassword: source.password, targetServerPassword: target.password },
      targetServerUserName: target.user,
    },
  };
  writeFileSync(join(cli.folder, `${name}.json`), JSON.stringify({ properties }));
  const words = ["-n", name, "-s", "crm-target", "-b", join(cli.folder, `${name}.json`)];
  const mode = ["--migration-mode", "online", "--migration-option", "Migrate"];
  expect(await cli.howdah("migration", "create", ...words, ...mode)).toMatchObject({ code: 0 });
}

const queryOf = async (name: string, query: string) =>
  (await cli.howdah("migration", "show", name, "--query", query, "-o", "tsv")).out;

/** Waits until a database of a migration is in a state. */
const isIn = (name: string, database: string, state: string) =>
  vi.waitFor(
    async () => {
      const path = `currentStatus.currentSubStateDetails.dbDetails.${database}.migrationState`;
      expect(await queryOf(name, path)).toBe(state);
    },
    { timeout: 60_000, interval: 200 },
  );

const slots = () => queryRows(settingsOf(source), "select database from pg_replication_slots order by 1");
const countOf = (database: string) =>
  queryRows(settingsOf(cli.served.target, database), "select count(*)::int as n from item");

test("databases are cut over and canceled one by one, then the rest, each by a process of its own", async () => {
  await create("parts", DATABASES);
  for (const name of DATABASES) await isIn("parts", name, "WaitingForCutoverTrigger");

  const early = await spawned("migration", "update", "parts", "--cutover", "--databases", "crm");
  expect(early).toMatchObject({ code: 2, said: expect.stringContaining("--yes") });
  await runSql(settingsOf(source, "crm"), "insert into item values (100)");
  const one = await spawned("migration", "update", "parts", "--cutover", "--databases", "crm", "--yes");
  expect(one.code, one.said).toBe(0);
  await isIn("parts", "crm", "Succeeded");
  expect(await countOf("crm")).toEqual([{ n: 51 }]);
  expect(await queryOf("parts", "dbsToTriggerCutoverOn[0]")).toBe("crm");

  const other = await spawned("migration", "update", "parts", "--cancel", "--databases", "shop", "--yes");
  expect(other.code, other.said).toBe(0);
  await isIn("parts", "shop", "Canceled");
  expect(await queryOf("parts", "currentStatus.state")).toBe("WaitingForUserAction");
  await vi.waitFor(async () => expect(await slots()).toEqual([{ database: "time" }]), 40_000);
  const again = await spawned("migration", "update", "parts", "--cutover", "--databases", "shop", "--yes");
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining("shop is Canceled") });

  await runSql(settingsOf(source, "time"), "insert into item values (100)");
  const rest = await spawned("migration", "update", "parts", "--cutover", "--yes", "--wait");
  expect(rest.code, rest.said).toBe(0);
  expect(rest.said).toMatch(/Succeeded after/);
  expect(await countOf("time")).toEqual([{ n: 51 }]);
  expect(await slots()).toEqual([]);
});

test("the cancel of all, as az sends it, ends what is left, and the source keeps nothing", async () => {
  await create("whole", ["crm", "time"]);
  for (const name of ["crm", "time"]) await isIn("whole", name, "WaitingForCutoverTrigger");
  const one = await cli.howdah("migration", "update", "whole", "--cutover", "--databases", "crm", "--yes");
  expect(one.code, one.said).toBe(0);
  await isIn("whole", "crm", "Succeeded");
  const canceled = await spawned("migration", "update", "whole", "--cancel", "--yes", "--wait");
  expect(canceled.said).toMatch(/Canceled after/);
  expect(canceled.code).toBe(130);
  expect(JSON.parse(canceled.out)).toMatchObject({ cancel: "True", currentStatus: { state: "Canceled" } });
  expect(await slots()).toEqual([]);
});
