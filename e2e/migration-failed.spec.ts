import { expectAccessible } from "./accessibility";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";
import { createTroubledDatabase } from "./troubled-databases";

test("a table the target refuses is named with its cause, and the rest is copied", async ({
  page,
  api,
  environment,
}) => {
  await dropFromTarget(environment.target, ["pickydb"]);
  await createTroubledDatabase(environment.source, "pickydb");
  const id = await createMigration(api, environment, {
    name: "failed-table",
    databases: ["pickydb"],
    option: "Migrate",
  });
  await waitForState(api, id, "Failed");

  await page.goto(`/migrations/${id}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("failed-table");
  const panel = page.getByRole("region", { name: "Failed" });
  await expect(panel).toContainText("The source was only read and is unchanged.");
  await expect(panel).toContainText(id);
  await expect(page.getByRole("list", { name: "Phases" }).getByText("Copy, failed")).toBeVisible();

  const problem = page.getByRole("button", { name: /^Failed: public\.picky/ });
  await expect(problem).toContainText("row 1 is not welcome here");
  await problem.click();
  await expect(page.getByText("SQLSTATE P0001")).toBeVisible();
  await expectAccessible(page);

  await page
    .getByRole("link", { name: /^Migration/ })
    .last()
    .click();
  await expect(page).toHaveURL(/tab=migration/);
  const rows = page.getByRole("table", { name: /^Tables of pickydb/ }).getByRole("row");
  await expect(rows.nth(1)).toContainText("public.picky");
  await expect(rows.nth(1)).toContainText("Error");
  await expect(rows.nth(2)).toContainText("public.easy");
  await expect(rows.nth(2)).toContainText("Copied");
  await page.getByRole("searchbox", { name: "Find a table" }).fill("eas");
  await expect(page.getByText("1 table", { exact: true })).toBeVisible();
  await expect(rows).toHaveCount(2);
  await expectAccessible(page);
});
