import { expect, test } from "./harness";

test("without migrations the grid invites to create one", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Migrations");
  await expect(page.getByRole("link", { name: /new migration|create/i }).first()).toBeVisible();
});
