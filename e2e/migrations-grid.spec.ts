import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessibility";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";

const names = (page: Page) => page.locator("[data-row-link]").allTextContents();

test("the grid follows a migration to its end, newest first, and keeps its view in the URL", async ({
  page,
  api,
  environment,
}) => {
  await dropFromTarget(environment.target, ["citydb"]);
  await page.goto("/");
  const first = await createMigration(api, environment, {
    name: "grid-first",
    databases: ["citydb"],
    option: "ValidateAndMigrate",
  });
  // Appears and ends without a reload.
  const row = page.getByRole("row").filter({ hasText: "grid-first" });
  await expect(row).toBeVisible({ timeout: 20_000 });
  await expect(row).toContainText("Succeeded", { timeout: 45_000 });
  await expect(row).toContainText(/Completed, (\d+) of \1 tables/);
  const cells = await row.getByRole("cell").allTextContents();
  expect(cells.join(" | ")).toMatch(/Offline.*Validate and migrate.*127\.0\.0\.1.*On-premises/);

  const second = await createMigration(api, environment, {
    name: "grid-second",
    databases: ["emptydb"],
    option: "Validate",
  });
  await waitForState(api, first, "Succeeded");
  await waitForState(api, second, "Succeeded");
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect.poll(async () => (await names(page)).slice(0, 2)).toEqual(["grid-second", "grid-first"]);
  await expectAccessible(page);

  await page.getByRole("searchbox", { name: "Search migrations" }).fill("GRID city");
  await expect.poll(() => names(page)).toEqual(["grid-first"]);
  await page.reload();
  await expect.poll(() => names(page)).toEqual(["grid-first"]);
  await page.getByRole("searchbox").fill("no such thing");
  await expect(page.getByRole("heading", { name: "No migration matches" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear search and filters" }).click();

  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("j");
  await expect(page.getByRole("link", { name: "grid-second" })).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("grid-first");
});

test("a failing server leaves the last values on the page", async ({ page, api, environment }) => {
  const id = await createMigration(api, environment, {
    name: "grid-stale",
    databases: ["emptydb"],
    option: "Validate",
  });
  await waitForState(api, id, "Succeeded");
  await page.goto("/");
  await expect(page.getByRole("link", { name: "grid-stale" })).toBeVisible();
  await page.route("**/api/migrations", (route) => route.abort());
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect(page.getByText("Live updates paused · retrying")).toBeVisible();
  await expect(page.getByRole("link", { name: "grid-stale" })).toBeVisible();
  await page.unroute("**/api/migrations");
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect(page.getByText(/^Updated \d+ s ago$/)).toBeVisible();
});

test("@phone the grid is a list of cards with every column's full name", async ({
  page,
  api,
  environment,
}) => {
  const id = await createMigration(api, environment, {
    name: "grid-phone",
    databases: ["emptydb", "librarydb"],
    option: "Validate",
  });
  await waitForState(api, id, "Succeeded");
  await page.goto("/");
  const card = page.getByRole("row").filter({ hasText: "grid-phone" });
  for (const label of ["Migration mode", "Migration type", "Source server type", "Start time (UTC)"]) {
    await expect(card.getByText(label, { exact: true })).toBeVisible();
  }
  await expectAccessible(page);
  for (const tab of ["overview", "validation", "migration", "activity"]) {
    await page.goto(`/migrations/${id}?tab=${tab}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("grid-phone");
    const tabs = page.getByRole("navigation", { name: "Migration details" });
    // All but the line it shares with the border below.
    await expect(tabs.locator("[aria-current]")).toBeInViewport({ ratio: 0.95 });
    await expectAccessible(page);
  }
});
