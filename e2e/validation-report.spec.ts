import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";
import { runStatements } from "./source-sample";

const READER = { user: "report_reader", password: "only reads" };

/** A database that its reader may not read, with two names that differ only by case. */
const TROUBLES = [
  "create table open_to_all (id integer primary key)",
  `create table "Open_To_All" (id integer primary key)`,
  "create table hidden (id integer primary key, note text)",
  "create table guarded (id integer primary key)",
  "alter table guarded enable row level security",
  "insert into hidden select n, 'row ' || n from generate_series(1, 50) n",
  "insert into guarded select n from generate_series(1, 7) n",
  `grant select on open_to_all, "Open_To_All", guarded to ${READER.user}`,
];

async function createFaultyDatabase({ source }: Environment, name: string): Promise<void> {
  await runStatements(source, [
    `drop database if exists ${name}`,
    `drop role if exists ${READER.user}`,
    `create role ${READER.user} login password '${READER.password}'`,
    `create database ${name}`,
  ]);
  await runStatements({ ...source, database: name }, TROUBLES);
}

/** Runs a script of fixes as psql would: each line a statement, or where to connect to. */
async function runScript({ source, target }: Environment, script: string): Promise<number> {
  let at: ConnectionSettings = source;
  let statements = 0;
  for (const line of script.split("\n")) {
    const database = /^\\connect "(.*)"$/.exec(line)?.[1];
    if (line.startsWith("-- On the")) at = line.startsWith("-- On the target") ? target : source;
    else if (database) at = { ...at, database };
    else if (/^(--|\\set|$)/.test(line)) continue;
    else {
      await runStatements(at, [line]);
      statements++;
    }
  }
  return statements;
}

async function validateFaulty(
  api: Parameters<typeof createMigration>[0],
  environment: Environment,
  name: string,
): Promise<string> {
  await dropFromTarget(environment.target, ["faultydb"]);
  await createFaultyDatabase(environment, "faultydb");
  const asReader = { ...environment, source: { ...environment.source, ...READER } };
  const id = await createMigration(api, asReader, {
    name,
    databases: ["faultydb"],
    option: "ValidateAndMigrate",
  });
  await waitForState(api, id, "ValidationFailed");
  return id;
}

const finding = (page: Page, text: RegExp) => page.getByRole("button", { name: text });

test("a failed validation is read, exported, mended on the server and gone on from", async ({
  page,
  context,
  api,
  environment,
}) => {
  test.setTimeout(120_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const id = await validateFaulty(api, environment, "faulty");
  await page.goto(`/migrations/${id}?tab=validation`);
  const database = page.getByRole("region", { name: "Database faultydb" });
  const unreadable = finding(page, /^Failed: .*may not read/);
  await expect(unreadable).toHaveAttribute("aria-expanded", "true");
  await expect(database).toContainText("public.hidden");
  await expect(database).toContainText(`grant select on public.hidden to "${READER.user}";`);
  const twins = finding(page, /^Warning: .*only by case/);
  await expect(twins).toHaveAttribute("aria-expanded", "false");
  await expectAccessible(page);

  await page.getByRole("button", { name: /^Warnings \d+$/ }).click();
  await expect(unreadable).toBeHidden();
  await twins.click();
  await expect(database).toContainText('public."Open_To_All"');
  await page.getByRole("button", { name: /^Failed \d+$/ }).click();
  await expect(twins).toBeHidden();
  await expect(unreadable).toBeVisible();
  await page.getByRole("button", { name: /^All \d+$/ }).click();

  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Markdown" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("faulty-validation.md");
  const markdown = readFileSync(await download.path(), "utf8");
  expect(markdown).toContain("# Validation of faulty");
  expect(markdown).toContain("TABLE_UNREADABLE");

  await page.getByRole("button", { name: "Copy all fixes" }).click();
  const script = await page.evaluate(() => navigator.clipboard.readText());
  expect(script).toContain('\\connect "faultydb"');
  expect(await runScript(environment, script)).toBeGreaterThanOrEqual(2);

  await page.getByRole("link", { name: "tables-readable" }).first().click();
  await expect(page.getByRole("heading", { name: "The source login may read every table" })).toBeVisible();
  await expectAccessible(page);
  await page.goBack();

  await restart(page, "faulty", environment);
  const details = await waitForState(api, id, "Succeeded");
  expect(details.attempt).toBe(2);
  const client = await connect({ ...environment.target, database: "faultydb" });
  const { rows } = await client.query(
    "select (select count(*)::int from hidden) as hidden, (select count(*)::int from guarded) as guarded",
  );
  await client.end();
  expect(rows).toEqual([{ hidden: 50, guarded: 7 }]);
  await page.goto(`/migrations/${id}?tab=validation`);
  await expect(finding(page, /only by case/)).toBeVisible();
  await expect(finding(page, /^Failed: /)).toHaveCount(0);
});

/** Nothing is asked again but the passwords, which were erased when the migration ended. */
async function restart(page: Page, name: string, { target }: Environment): Promise<void> {
  await page.getByRole("button", { name: "Restart", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: `Restart ${name}?` });
  await dialog.getByLabel("Source password", { exact: true }).fill(READER.password);
  await dialog.getByLabel("Target password", { exact: true }).fill(target.password);
  // Nothing was moved, so nothing is dropped, and no name has to be typed.
  await expect(dialog.getByLabel(/^Type/)).toHaveCount(0);
  await dialog.getByRole("button", { name: "Restart migration" }).click();
  await expect(dialog).toBeHidden();
}

test("rules and prerequisites are those of the source and mode that were asked for", async ({ page }) => {
  await page.goto("/rules?source=AWS_RDS&mode=Online");
  await expect(page.getByRole("combobox", { name: "Source" })).toContainText("RDS");
  await expect(page.getByText(/rds\.logical_replication/).first()).toBeVisible();
  await expect(page.getByText("logical_decoding_work_mem is at least 64 MB", { exact: false })).toBeVisible();
  await expectAccessible(page);
});

test("@phone report and rules fit 390 pixels", async ({ page, api, environment }) => {
  const id = await validateFaulty(api, environment, "faulty-on-the-phone");
  await page.goto(`/migrations/${id}?tab=validation`);
  await expect(finding(page, /^Failed: .*may not read/)).toBeVisible();
  await expectAccessible(page);
  await page.goto("/rules");
  await expect(page.getByRole("heading", { name: "Rules and prerequisites" })).toBeVisible();
  await expectAccessible(page);
});
