import type { Locator, Page } from "@playwright/test";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { waitForState } from "./migrations-api";
import { runStatements } from "./source-sample";

const FILTERDB = [
  "create schema app",
  "create schema archive",
  "create table app.customer (id integer primary key, name text)",
  "create index customer_name on app.customer (name)",
  "create table app.audit (id integer primary key, what text)",
  "create table app.visit (id integer, customer_id integer references app.customer, audit_id integer references app.audit)",
  "create view app.audit_view as select * from app.audit",
  "create table archive.old (id integer)",
  "insert into app.customer select n, 'Customer ' || n from generate_series(1, 200) n",
  "insert into app.audit select n, 'event' from generate_series(1, 300) n",
  "insert into app.visit select n, 1 + n % 200, 1 + n % 300 from generate_series(1, 400) n",
  "insert into archive.old select generate_series(1, 50)",
];

test.beforeAll(async ({ session }) => {
  const { source } = session.environment;
  await runStatements(source, ["drop database if exists filterdb with (force)", "create database filterdb"]);
  await runStatements({ ...source, database: "filterdb" }, FILTERDB);
});

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const next = (page: Page) => page.getByRole("button", { name: /^Next: / });

/** Walks through the first three steps. */
async function goToDatabases(page: Page, name: string, environment: Environment): Promise<void> {
  await page.goto("/migrations/new");
  await page.getByLabel("Migration name").fill(name);
  await next(page).click();
  await fillServer(page, "Server name", environment.source);
  await next(page).click();
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /Another server/ }).click();
  await page.getByLabel("Name", { exact: true }).fill(`pg-${name}`);
  await fillServer(page, "Host", environment.target);
  await next(page).click();
  await expect(heading(page)).toHaveText("Select databases for migration");
}

async function fillServer(page: Page, hostLabel: string, server: Environment["source"]): Promise<void> {
  await page.getByLabel(hostLabel, { exact: true }).fill(server.host);
  await page.getByLabel("Port").fill(String(server.port));
  await page.getByLabel("Administrator login").fill(server.user);
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL/ })).toBeVisible();
}

const item = (tree: Locator, name: string) =>
  tree.getByRole("treeitem", { name: new RegExp(`^${name}( |$)`) });

async function count(settings: ConnectionSettings, table: string): Promise<number | null> {
  const client = await connect(settings, { applicationName: "howdah e2e" });
  try {
    const found = await client.query("select to_regclass($1) is not null as found", [table]);
    if (!found.rows[0].found) return null;
    return Number((await client.query(`select count(*) from ${table}`)).rows[0].count);
  } finally {
    await client.end();
  }
}

test("a table left out, one as structure only, and another name on the target", async ({
  page,
  api,
  environment,
}) => {
  // The wizard and a migration in one test.
  test.slow();
  await dropFromTarget(environment.target, ["filterdb", "filtered"]);
  await goToDatabases(page, "filters", environment);
  await page.getByRole("checkbox", { name: "filterdb" }).check();
  await page.getByRole("button", { name: "Objects and name of filterdb" }).click();
  await page.getByLabel("Name on the target").fill("filtered");
  const tree = page.getByRole("tree", { name: "Objects of filterdb" });
  await expect(item(tree, "app")).toHaveAttribute("aria-checked", "true");

  // By keyboard: app is open after Right, its first table is audit; Right and Down in customer lead to its rows.
  await tree.focus();
  await page.keyboard.press("ArrowRight");
  await expect(item(tree, "app")).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await expect(item(tree, "audit")).toHaveAttribute("aria-checked", "false");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect(item(tree, "customer")).toHaveAttribute("aria-checked", "mixed");
  await expect(item(tree, "app")).toHaveAttribute("aria-checked", "mixed");
  await page.getByLabel("Find tables and indexes of filterdb").fill("old");
  await page.getByRole("button", { name: "Leave out 1 found" }).click();
  await page.getByLabel("Find tables and indexes of filterdb").fill("");
  await expect(page.getByText("2 of 4 tables")).toBeVisible();

  await expect(page.getByText("visit_audit_id_fkey on app.visit does not move")).toBeVisible();
  await expect(page.getByText("The view app.audit_view does not move")).toBeVisible();
  await expect(page.getByText("visit_customer_id_fkey on app.visit is added NOT VALID")).toBeVisible();
  await expectAccessible(page);

  await next(page).click();
  await expect(heading(page)).toHaveText("Summary");
  await expect(
    page.getByText(/as filtered; without tables app.audit and archive.old, rows of table app.customer/),
  ).toBeVisible();
  await expect(page.getByText("3 other objects are affected")).toBeVisible();
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("button", { name: "Objects and name of filterdb" }).click();
  await expect(page.getByLabel("Name on the target")).toHaveValue("filtered");
  await next(page).click();

  await page.getByRole("button", { name: /^Start validation and migration/ }).click();
  await page.waitForURL(/\/migrations\/[0-9a-f-]{36}/);
  await waitForState(api, page.url().split("/").at(-1)?.split("?")[0] ?? "", "Succeeded");
  const target = { ...environment.target, database: "filtered" };
  expect(
    await Promise.all(["app.audit", "archive.old", "app.audit_view"].map((name) => count(target, name))),
  ).toEqual([null, null, null]);
  expect([await count(target, "app.customer"), await count(target, "app.visit")]).toEqual([0, 400]);
});

test("patterns hold their tables, and one that cannot be read is told", async ({ page, environment }) => {
  await goToDatabases(page, "patterns", environment);
  await page.getByRole("checkbox", { name: "filterdb" }).check();
  await page.getByRole("button", { name: "Objects and name of filterdb" }).click();
  await page.getByText("Patterns", { exact: true }).click();
  await page.getByLabel("Pattern", { exact: true }).fill("a.b.c");
  await page.getByRole("button", { name: "Add pattern" }).click();
  await expect(page.getByText(/more than one dot/)).toBeVisible();
  await page.getByLabel("Pattern", { exact: true }).fill("app.a*");
  await page.getByRole("button", { name: "Add pattern" }).click();
  const tree = page.getByRole("tree", { name: "Objects of filterdb" });
  await tree.focus();
  await page.keyboard.press("ArrowRight");
  await expect(item(tree, "audit")).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByText("3 of 4 tables")).toBeVisible();
  await page.getByRole("button", { name: "Remove the pattern app.a*" }).click();
  await expect(page.getByText("4 of 4 tables")).toBeVisible();
});

test("@phone the tree fits 390 pixels", async ({ page, environment }) => {
  await goToDatabases(page, "phone-filter", environment);
  await page.getByRole("checkbox", { name: "filterdb" }).check();
  await page.getByRole("button", { name: "Objects and name of filterdb" }).click();
  const tree = page.getByRole("tree", { name: "Objects of filterdb" });
  await tree.focus();
  await page.keyboard.press("ArrowRight");
  await expect(item(tree, "audit")).toBeVisible();
  await expectAccessible(page);
});
