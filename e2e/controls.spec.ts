import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { APIRequestContext, Page } from "@playwright/test";
import type { MigrationDetails, TablePage } from "@/lib/migrations/read-model";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";
import { runStatements } from "./source-sample";
import { createTroubledDatabase } from "./troubled-databases";

const PASSWORD_MISSING = "Enter both passwords";

/** Four tables of 12 MB: enough that a limit decides how long they take. */
async function createSteadyDatabase(source: ConnectionSettings): Promise<void> {
  await runStatements(source, ["drop database if exists steadydb", "create database steadydb"]);
  const tables = [1, 2, 3, 4].flatMap((n) => [
    `create table part_${n} (id integer primary key, filler text not null)`,
    `insert into part_${n} select i, i || repeat('x', 1000) from generate_series(1, 12000) i`,
  ]);
  await runStatements({ ...source, database: "steadydb" }, [...tables, "analyze"]);
}

async function read(api: APIRequestContext, id: string): Promise<MigrationDetails> {
  return (await (await api.get(`/api/migrations/${id}`)).json()) as MigrationDetails;
}

/** One value of one row. */
async function ask(settings: ConnectionSettings, sql: string): Promise<unknown> {
  const client = await connect(settings, { applicationName: "e2e asks" });
  try {
    const [row] = (await client.query(sql)).rows;
    return row ? Object.values(row)[0] : null;
  } finally {
    await client.end();
  }
}

/** Sessions of Howdah on a server, in whatever database. */
function sessionsOn(server: ConnectionSettings): Promise<unknown> {
  return ask(
    server,
    "select count(*)::int from pg_stat_activity where application_name ilike 'howdah%' and application_name <> 'howdah e2e'",
  );
}

/** The figure with this label, as the page shows it. */
const figure = (page: Page, label: string) =>
  page.locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) });

async function setLimits(page: Page, rate: string): Promise<void> {
  await page.getByRole("button", { name: "Limits", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /^Limits of / });
  await expect(dialog.getByLabel("Rate in MB/s")).toBeFocused();
  await dialog.getByLabel("Rate in MB/s").fill(rate);
  await dialog.getByRole("button", { name: "Apply limits" }).click();
  await expect(dialog).toBeHidden();
}

/** Bytes a second over the samples taken after `sinceMs`; null while they span less than six seconds. */
function rateSince({ samples }: MigrationDetails, sinceMs: number): number | null {
  const recent = samples.filter(({ at }) => Date.parse(at) > sinceMs);
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last) return null;
  const ms = Date.parse(last.at) - Date.parse(first.at);
  return ms < 6_000 ? null : ((last.bytesCopied - first.bytesCopied) * 1000) / ms;
}

test("a running copy is slowed down, paused, resumed and let go, and ends equal", async ({
  page,
  api,
  environment,
}) => {
  test.setTimeout(180_000);
  const { source, target } = environment;
  await dropFromTarget(target, ["steadydb"]);
  await createSteadyDatabase(source);
  const id = await createMigration(api, environment, {
    name: "controlled",
    databases: ["steadydb"],
    option: "Migrate",
    howdah: { throttle: { megabytesPerSecond: 0.5 } },
  });
  await page.goto(`/migrations/${id}`);
  await expect(figure(page, "Throughput")).toContainText("limit 0.5 MB/s");
  await expect.poll(async () => (await read(api, id)).bytesCopied, { timeout: 30_000 }).toBeGreaterThan(0);

  await setLimits(page, "0.1");
  const limitedAt = Date.now();
  await expect(figure(page, "Throughput")).toContainText("limit 0.1 MB/s");
  // What was let through already may still be on its way for a second.
  await expect
    .poll(async () => rateSince(await read(api, id), limitedAt + 2_000), { timeout: 30_000 })
    .not.toBeNull();
  expect(rateSince(await read(api, id), limitedAt + 2_000)).toBeLessThan(300_000);

  await page.getByRole("button", { name: "Pause migration" }).click();
  await expect(page.getByText("Paused", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("status").filter({ hasText: /^Paused since/ })).toBeVisible();
  expect(await sessionsOn(source)).toBe(0);
  expect(await sessionsOn(target)).toBe(0);
  await expectAccessible(page);
  await page.goto("/");
  const row = page.getByRole("row").filter({ hasText: "controlled" });
  await expect(row).toContainText("Paused");
  await expect(row).toContainText("Since ");
  await page.goto(`/migrations/${id}`);
  const before = await read(api, id);
  expect(before.pausedAt).not.toBeNull();

  await page.getByRole("button", { name: "Resume migration" }).click();
  await expect(page.getByRole("button", { name: "Pause migration" })).toBeVisible({ timeout: 30_000 });
  await setLimits(page, "");
  const details = await waitForState(api, id, "Succeeded");
  expect(details.throttle).toEqual({ megabytesPerSecond: null, connections: null });
  await expect(page.getByRole("button", { name: "Limits", exact: true })).toHaveCount(0);
  for (const n of [1, 2, 3, 4]) {
    const digest = `select count(*) || md5(string_agg(md5(t::text), '' order by id)) from part_${n} t`;
    expect(await ask({ ...target, database: "steadydb" }, digest)).toBe(
      await ask({ ...source, database: "steadydb" }, digest),
    );
  }
  await page.goto(`/migrations/${id}?tab=migration`);
  await expect(page.getByRole("heading", { name: "Timings" })).toBeVisible();
  await page.getByRole("columnheader", { name: "Elapsed" }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Elapsed" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  await expectAccessible(page);
});

test("what failed is tried again with the passwords, and what is finished is not copied again", async ({
  page,
  api,
  environment,
}) => {
  test.setTimeout(120_000);
  const { source, target } = environment;
  const id = await failPicky(api, environment, "retried");
  const before = await tableNamed(api, id, "easy");
  await page.goto(`/migrations/${id}`);
  await expect(page.getByRole("region", { name: "Failed" })).toContainText("retry what failed");

  await page.getByRole("button", { name: "Retry failed" }).click();
  const dialog = page.getByRole("alertdialog", { name: /^Retry what failed of retried/ });
  await expect(dialog.getByRole("region", { name: "Done again" })).toContainText("public.picky");
  await expect(dialog.getByRole("region", { name: "Stays" })).toContainText("1 table");
  const confirm = dialog.getByRole("button", { name: "Retry failed" });
  await expect(confirm).toHaveAccessibleDescription(PASSWORD_MISSING);
  await expectAccessible(page);
  // Escape changes nothing and gives the focus back.
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Retry failed" })).toBeFocused();

  await runStatements({ ...target, database: "pickydb" }, [
    "create or replace function refuses(value integer) returns boolean language sql immutable as 'select true'",
  ]);
  await page.getByRole("button", { name: "Retry failed" }).click();
  await dialog.getByLabel("Source password", { exact: true }).fill(source.password);
  await dialog.getByLabel("Target password", { exact: true }).fill(target.password);
  await confirm.click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Attempt 2")).toBeVisible();
  await waitForState(api, id, "Succeeded");
  expect(await ask({ ...target, database: "pickydb" }, "select count(*)::int from picky")).toBe(100);
  expect(await ask({ ...target, database: "pickydb" }, "select count(*)::int from easy")).toBe(1000);
  expect(await tableNamed(api, id, "easy")).toEqual(before);
  await page.goto(`/migrations/${id}?tab=migration`);
  await expect(tableRow(page, "public.easy")).toContainText("Kept from an earlier attempt.");

  await expectLog(page, id, environment);
  await expectCommandLine(environment, id);

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /^Delete/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete record" }).click();
  await expect(page).toHaveURL(/\/$/);
  expect((await api.get(`/api/migrations/${id}`)).status()).toBe(404);
});

test("a restart says what it drops and begins only when the name was typed", async ({
  page,
  api,
  environment,
}) => {
  test.setTimeout(120_000);
  const { source, target } = environment;
  const id = await failPicky(api, environment, "restarted");
  await page.goto(`/migrations/${id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /^Restart/ }).click();
  const dialog = page.getByRole("alertdialog", { name: "Restart restarted?" });
  await expect(dialog.getByRole("region", { name: "Dropped on the target" })).toContainText("pickydb");
  await dialog.getByLabel("Source password", { exact: true }).fill(source.password);
  await dialog.getByLabel("Target password", { exact: true }).fill(target.password);
  const confirm = dialog.getByRole("button", { name: "Restart migration" });
  await expect(confirm).toHaveAccessibleDescription("Type the migration's name");
  await confirm.click({ force: true });
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await runStatements({ ...source, database: "pickydb" }, ["truncate picky"]);
  await dialog.getByLabel(/^Type/).fill("restarted");
  await dialog.getByLabel(/^Type/).press("Enter");
  await expect(dialog).toBeHidden();
  const details = await waitForState(api, id, "Succeeded");
  expect(details.attempt).toBe(2);
});

test("@phone a failed migration, its menu and its dialogs fit 390 pixels", async ({
  page,
  api,
  environment,
}) => {
  test.setTimeout(120_000);
  const id = await failPicky(api, environment, "on-the-phone");
  await page.goto(`/migrations/${id}?tab=migration`);
  await expect(tableRow(page, "public.picky")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Retry failed" }).click();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /^Restart/ }).click();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await expectAccessible(page);
});

/** A migration one of whose two tables the target refuses, ended. */
async function failPicky(api: APIRequestContext, environment: Environment, name: string): Promise<string> {
  await dropFromTarget(environment.target, ["pickydb"]);
  await createTroubledDatabase(environment.source, "pickydb");
  const id = await createMigration(api, environment, { name, databases: ["pickydb"], option: "Migrate" });
  await waitForState(api, id, "Failed");
  return id;
}

/** A table's row in the list of the database; its indexes are listed elsewhere. */
function tableRow(page: Page, name: string) {
  return page
    .getByRole("table", { name: /^Tables of pickydb/ })
    .getByRole("row")
    .filter({ hasText: name });
}

/** What the store knows of a table, its times included. */
async function tableNamed(api: APIRequestContext, id: string, name: string) {
  const { tables } = (await (await api.get(`/api/migrations/${id}/tables`)).json()) as TablePage;
  return tables.find((table) => table.name === name);
}

async function expectLog(page: Page, id: string, { source, target }: Environment): Promise<void> {
  await page.goto(`/migrations/${id}?tab=activity`);
  for (const [item, type] of [
    ["Text, to read", "txt"],
    ["JSON lines, for programs", "jsonl"],
  ] as const) {
    await page.getByRole("button", { name: "Download log" }).click();
    const downloading = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: item }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`retried-log.${type}`);
    const text = readFileSync(await download.path(), "utf8");
    expect(text).toContain("row 1 is not welcome here");
    expect(text).toContain("P0001");
    expect(text).not.toContain(source.password);
    expect(text).not.toContain(target.password);
    if (type !== "jsonl") continue;
    const records = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; kind?: string });
    expect(records.at(-1)?.type).toBe("end");
    expect(records.some(({ kind }) => kind === "table-kept")).toBe(true);
  }
}

/** The command line on the same machine needs neither address nor token. */
async function expectCommandLine({ dataDirectory }: Environment, id: string): Promise<void> {
  const program = join(import.meta.dirname, "..", "dist", "howdah.mjs");
  const env: NodeJS.ProcessEnv = { ...process.env, HOWDAH_DATA_DIR: dataDirectory };
  for (const name of ["DATABASE_URL", "HOWDAH_URL", "HOWDAH_TOKEN"]) delete env[name];
  const run = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [program, "migration", ...args], { env })).stdout;
  expect(await run("list", "--filter", "All", "-o", "table")).toMatch(/\nretried +Succeeded +100% /);
  expect(JSON.parse(await run("show", "retried", "-o", "json"))).toMatchObject({
    migrationId: id,
    howdah: { attempt: 2 },
  });
}
