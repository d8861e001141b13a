import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./harness";

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      colorScheme,
    ).toEqual([]);
  }
}

const next = (page: Page) => page.getByRole("button", { name: /^Next: / });

test("a server is found in Azure, and Azure's own service migrates into it", async ({
  page,
  environment: { source, target },
}) => {
  await page.goto("/servers");
  await page.getByRole("button", { name: "Find in Azure" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Subscription").click();
  await page.getByRole("option", { name: /Example Subscription\b(?!2)/ }).click();
  await expect(dialog.getByText("High availability is on")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add exampleserver2", exact: true }).click();

  // The recorded host does not exist: what answers the connection test is a server of this machine.
  const form = page.getByRole("dialog", { name: "Add a target server" });
  await expect(form.getByLabel("Host")).toHaveValue("exampleserver2.postgres.database.azure.com");
  await form.getByLabel("Host").fill(target.host);
  await form.getByLabel("Port").fill(String(target.port));
  await form.getByLabel("Administrator login").fill(target.user);
  await form.getByRole("button", { name: "Add server" }).click();
  await expect(page.getByText("exampleserver2", { exact: true }).first()).toBeVisible();

  await page.goto("/migrations/new");
  await page.getByLabel("Migration name").fill("by-azure");
  await expect(page.getByText(/^Available/)).toBeVisible();
  await next(page).click();
  await page.getByLabel("Server name", { exact: true }).fill(source.host);
  await page.getByLabel("Port").fill(String(source.port));
  await page.getByLabel("Administrator login").fill(source.user);
  await page.getByLabel("Password", { exact: true }).fill(source.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL 16/ })).toBeVisible();
  await next(page).click();

  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /exampleserver2/ }).click();
  await expect(page.getByText("Standard_D4ds_v5, GeneralPurpose")).toBeVisible();
  await expect(page.getByText(/read replicas \(exampleserver2-replica\)/)).toBeVisible();
  await page.getByRole("radio", { name: "Azure's migration service" }).click();
  await page.getByLabel("Password", { exact: true }).fill(target.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL 17/ })).toBeVisible();
  await expectAccessible(page);
  await next(page).click();
  await page.getByRole("checkbox", { name: "citydb" }).check();
  await next(page).click();
  await expect(page.getByText("Azure's migration service")).toBeVisible();
  await page.getByRole("button", { name: "Start validation and migration" }).click();
  await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}/);
  await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("Azure's migration service")).toBeVisible();
});
