import type { Locator, Page } from "@playwright/test";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { contentsOf, createLiveDatabase, startWriter } from "./live-source";

const DATABASE = "livedb";
const NAME = "live-bookings";

// Under a minute alone; machines may be busy.
test.setTimeout(150_000);

test("an online migration from the wizard to the cutover, while the source is written to", async ({
  page,
  environment,
}) => {
  const { source, target } = environment;
  const [from, to] = [
    { ...source, database: DATABASE },
    { ...target, database: DATABASE },
  ];
  await dropFromTarget(target, [DATABASE]);
  await createLiveDatabase(source, DATABASE);
  const writer = await startWriter(from);
  let written = 0;
  try {
    await startByWizard(page, environment);
    await expect(page.getByText("Waiting for cutover trigger", { exact: true })).toBeVisible({
      timeout: 40_000,
    });
    await expect(page.getByRole("alert").filter({ hasText: "Ready for cutover" })).toContainText(
      `Stop writes to ${source.host}`,
    );
    await expectFollowing(page);
    await rehearse(page);
  } finally {
    written = await writer.stop();
  }
  expect(written).toBeGreaterThan(100);

  await expect(figure(page, "Lag")).toContainText("Caught up", { timeout: 15_000 });
  await cutOverByKeyboard(page);
  await expect(page.getByRole("status").filter({ hasText: /^Cut over in \d/ })).toBeVisible({
    timeout: 30_000,
  });
  await expect(figure(page, "Downtime")).toContainText(/\d m?s/);
  await expect(page.getByRole("region", { name: "Cutover" })).toContainText("Removing slot and publications");

  expect(await contentsOf(to)).toEqual(await contentsOf(from));
  await expectIndependent(from, to);
  await page.goto("/");
  await expect(page.getByRole("row").filter({ hasText: NAME })).toContainText("Succeeded");
});

/** The first three steps as wizard.spec.ts tests them; Online is chosen with the arrow keys. */
async function startByWizard(page: Page, { source, target }: Environment): Promise<void> {
  const next = page.getByRole("button", { name: /^Next: / });
  await page.goto("/migrations/new");
  await page.getByLabel("Migration name").fill(NAME);
  await page.getByRole("radio", { name: "Offline" }).focus();
  // As long as a finger holds it: the choice follows the focus, which comes a moment later.
  await page.keyboard.press("ArrowRight", { delay: 100 });
  await expect(page.getByRole("radio", { name: "Online" })).toBeChecked();
  await page.getByRole("button", { name: /^Options of the change stream/ }).press("Enter");
  await page.getByLabel("WAL limit in GB").fill("2.5");
  await expectAccessible(page);
  await next.click();
  await fillServer(page, "Server name", source);
  await next.click();
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /Another server/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("pg-online");
  await fillServer(page, "Host", target);
  await next.click();
  await page.getByRole("checkbox", { name: DATABASE }).check();
  await next.click();
  await expect(page.getByText("2.5 GB for each database")).toBeVisible();
  await expect(page.getByText("Stop that database")).toBeVisible();
  await page.getByRole("button", { name: /^Start validation and migration/ }).click();
  await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}/);
}

async function fillServer(page: Page, host: string, server: ConnectionSettings): Promise<void> {
  await page.getByLabel(host, { exact: true }).fill(server.host);
  await page.getByLabel("Port").fill(String(server.port));
  await page.getByLabel("Administrator login").fill(server.user);
  await page.getByLabel("Password", { exact: true }).fill(server.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL/ })).toBeVisible();
}

function figure(page: Page, label: string) {
  return page.locator("dl > div").filter({ has: page.getByText(label, { exact: true }) });
}

/** A tab's link; after its name it may say that something in it needs a look. */
function tab(page: Page, name: string) {
  return page.getByRole("navigation", { name: "Migration details" }).getByRole("link", { name });
}

/** What moves: the stream's counters grow, its slot is read, and each table has its own. */
async function expectFollowing(page: Page): Promise<void> {
  await expect(figure(page, "Applied")).toContainText("rows/s");
  await tab(page, "Migration").click();
  const stream = page.getByRole("table", { name: "Change stream of each database" });
  const row = stream.getByRole("row").filter({ hasText: DATABASE });
  await expect(row).toContainText("Waiting for cutover");
  const applied = async () =>
    Number((await row.getByRole("cell").nth(4).textContent())?.replaceAll(/\D/g, ""));
  const before = await applied();
  await expect.poll(applied).toBeGreaterThan(before);
  await expect(page.getByRole("meter", { name: `WAL kept for ${DATABASE}` })).toHaveAttribute(
    "aria-valuetext",
    /of 2\.5 GB, safe$/,
  );
  const tables = page.getByRole("table", { name: new RegExp(`^Tables of ${DATABASE}`) });
  await expect(tables.getByRole("columnheader", { name: "Inserts" })).toBeVisible();
  await sortByChanges(page, tables);
  await expectAccessible(page);
}

/** By the menu, which has the sum, and by the heading of one of its parts. */
async function sortByChanges(page: Page, tables: Locator): Promise<void> {
  const first = tables.getByRole("rowheader").first();
  await expect(first).toContainText("entry");
  await page.getByRole("button", { name: "Sort: Errors first" }).click();
  await page.getByRole("menuitemradio", { name: "Changes" }).click();
  await expect(first).toContainText("account");
  const inserts = tables.getByRole("columnheader", { name: "Inserts" });
  await inserts.getByRole("button").click();
  await expect(inserts).toHaveAttribute("aria-sort", "descending");
  await expect(first).toContainText("entry");
  await inserts.getByRole("button").click();
  await expect(inserts).toHaveAttribute("aria-sort", "ascending");
  await expect(first).toContainText("account");
}

async function rehearse(page: Page): Promise<void> {
  await tab(page, "Overview").click();
  await page.getByRole("button", { name: "Rehearse cutover" }).click();
  await expect(page.getByText(/^Rehearsed: expected downtime about \d/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("region", { name: "Rehearsal of the cutover" })).toContainText(
    "Applying the last changes",
  );
  await expect(page.getByText("Waiting for cutover trigger", { exact: true })).toBeVisible();
}

/** From the row in the grid. Focus starts on the button that changes nothing; nothing can be asked for before both confirmations. */
async function cutOverByKeyboard(page: Page): Promise<void> {
  await expect(page.getByRole("button", { name: "Cutover", exact: true })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("row").filter({ hasText: NAME })).toContainText(
    "Waiting for cutover, caught up",
  );
  await page.getByRole("link", { name: `Cutover of ${NAME}` }).press("Enter");
  const dialog = page.getByRole("alertdialog", { name: `Cut over ${NAME}` });
  await expect(dialog.getByRole("button", { name: "Not now" })).toBeFocused();
  const confirm = dialog.getByRole("button", { name: /^Cut over 1 database/ });
  await expect(confirm).toHaveAttribute("aria-disabled", "true");
  await expect(dialog.getByRole("region", { name: /^Checks/ })).not.toContainText(/Warning|Failed/);
  await expectAccessible(page);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type(NAME);
  await expect(confirm).toHaveAccessibleDescription("Confirm that writes are stopped");
  await page.keyboard.press("Shift+Tab");
  await expect(dialog.getByRole("checkbox", { name: "Writes to the source are stopped" })).toBeFocused();
  await page.keyboard.press("Space");
  await expect(confirm).toHaveText("Cut over 1 database");
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Tab");
  await expect(confirm).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
}

/** Sequences go on where the source's stood, and neither server keeps anything of the stream. */
async function expectIndependent(from: ConnectionSettings, to: ConnectionSettings): Promise<void> {
  const [source, target] = await Promise.all(
    [from, to].map((side) => connect(side, { applicationName: "howdah e2e" })),
  );
  if (!source || !target) throw new Error("Two sessions are needed.");
  try {
    const largest = await target.query<{ id: string }>("select max(id) as id from entry");
    const fresh = await target.query<{ id: string }>(
      "insert into entry (account_id, amount) values (1, 1) returning id",
    );
    expect(Number(fresh.rows[0]?.id)).toBeGreaterThan(Number(largest.rows[0]?.id));
    const receipts = await source.query<{ n: string }>("select last_value as n from receipt");
    const next = await target.query<{ n: string }>("select nextval('receipt') as n");
    expect(Number(next.rows[0]?.n)).toBeGreaterThan(Number(receipts.rows[0]?.n));
    const view = await target.query("select from total where entries = (select count(*) - 1 from entry)");
    expect(view.rowCount).toBe(1);
    expect(
      (await source.query("select from pg_replication_slots where database = current_database()")).rowCount,
    ).toBe(0);
    expect((await source.query("select from pg_publication")).rowCount).toBe(0);
    expect((await target.query("select from pg_replication_origin")).rowCount).toBe(0);
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}
