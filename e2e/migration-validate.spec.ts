import { expectAccessible } from "./accessibility";
import { expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";

test("validation alone reports what was checked and moves nothing", async ({ page, api, environment }) => {
  const id = await createMigration(api, environment, {
    name: "validate-only",
    databases: ["citydb", "librarydb"],
    option: "Validate",
  });
  await waitForState(api, id, "Succeeded");

  await page.goto(`/migrations/${id}?tab=validation`);
  await expect(page.getByRole("note")).toContainText(/\d+ passed in /);
  await expect(page.getByText(/What is not named below was not examined\.$/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Validation details for instance" })).toBeVisible();
  for (const name of ["citydb", "librarydb"]) {
    await expect(page.getByRole("region", { name: `Database ${name}` })).toContainText(/\d+ passed/);
  }
  await expect(page.getByRole("list", { name: "Phases" }).getByRole("listitem")).toHaveCount(2);
  await expectAccessible(page);

  await page.getByRole("link", { name: "Migration", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Nothing is migrated" })).toBeVisible();
});
