import { expectAccessible } from "./accessibility";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";
import { runStatements } from "./source-sample";

test("databases on the target are named and overwritten only after a second look", async ({
  page,
  api,
  environment,
}) => {
  await dropFromTarget(environment.target, ["librarydb", "emptydb"]);
  await runStatements(environment.target, ["create database librarydb"]);
  const id = await createMigration(api, environment, {
    name: "asks-first",
    databases: ["librarydb", "emptydb"],
    option: "Migrate",
  });
  await waitForState(api, id, "WaitingForUserAction");

  await page.goto("/");
  const row = page.getByRole("row").filter({ hasText: "asks-first" });
  await expect(row).toContainText("Waiting for user action");
  await expect(row).toContainText("Confirm overwrite on the target");
  await row.getByRole("link", { name: "asks-first" }).click();

  await expect(page.getByText("librarydb already exists on pg-e2e-target")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Overwrite 1 database" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Overwrite 1 database on pg-e2e-target?" });
  await expect(dialog.getByRole("button", { name: "Keep it" })).toBeFocused();
  await expect(dialog.getByRole("region", { name: "Dropped on the target" })).toContainText("librarydb");
  await expect(dialog).not.toContainText("emptydb");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Overwrite 1 database" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Succeeded", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("progressbar", { name: "Total progress" })).toHaveAttribute(
    "aria-valuenow",
    "100",
  );
});
