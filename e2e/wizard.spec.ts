import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { runStatements, SOURCE_DATABASES } from "./source-sample";

const DATABASES = ["citydb", "librarydb"];

/** One of the five steps must be clean in axe, in both themes. */
async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      colorScheme,
    ).toEqual([]);
  }
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const next = (page: Page) => page.getByRole("button", { name: /^Next: / });
const testButton = (page: Page) => page.getByRole("button", { name: "Test connection" });

async function fillSetup(page: Page, name: string): Promise<void> {
  await page.goto("/migrations/new");
  await expect(heading(page)).toHaveText("Setup");
  await page.getByLabel("Migration name").fill(name);
  await expect(page.getByText(/^Available/)).toBeVisible();
}

async function fillServer(
  page: Page,
  side: "source" | "target",
  { host, port, user, password }: Environment["source"],
): Promise<void> {
  await page.getByLabel(side === "source" ? "Server name" : "Host", { exact: true }).fill(host);
  await page.getByLabel("Port").fill(String(port));
  await page.getByLabel("Administrator login").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(password);
}

async function expectConnected(page: Page, major: number): Promise<void> {
  await expect(
    page.getByRole("heading", { name: new RegExp(`^Connected to PostgreSQL ${major}`) }),
  ).toBeVisible();
}

test("the whole wizard by mouse, from an empty form to a created migration", async ({
  page,
  environment,
}) => {
  await dropFromTarget(environment.target, SOURCE_DATABASES);
  await fillSetup(page, "by-mouse");
  await expectAccessible(page);
  await next(page).click();

  await expect(heading(page)).toHaveText("Connect to source");
  await expect(page).toHaveTitle(/^Step 2 of 5: Connect to source/);
  await expect(heading(page)).toBeFocused();
  await fillServer(page, "source", environment.source);
  await testButton(page).click();
  await expectConnected(page, 16);
  await expectAccessible(page);
  await next(page).click();

  await expect(heading(page)).toHaveText("Connect to target");
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /Another server/ }).click();
  await fillServer(page, "target", environment.target);
  await page.getByLabel("Name", { exact: true }).fill("pg-mouse");
  await testButton(page).click();
  await expectConnected(page, 17);
  await expectAccessible(page);
  await next(page).click();

  await expect(heading(page)).toHaveText("Select databases for migration");
  for (const name of DATABASES) await page.getByRole("checkbox", { name }).check();
  await expect(page.getByText(/^2 of \d+ databases$/)).toBeVisible();
  await expectAccessible(page);
  await next(page).click();

  await expect(heading(page)).toHaveText("Summary");
  await expect(page.getByText("citydb and librarydb")).toBeVisible();
  await expect(page.locator("body")).not.toContainText(environment.source.password);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Start validation and migration" }).click();
  await expect(page.getByText("Migration created")).toBeVisible();
  await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}/);
});

test("the whole wizard by keyboard alone", async ({ page, environment }) => {
  await page.goto("/migrations/new");
  await expect(page).toHaveURL(/step=setup/);
  /** Walks with Tab to the control with this name and types or presses. */
  const tabTo = async (id: string | RegExp) => {
    for (let presses = 0; presses < 60; presses += 1) {
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        const label = element instanceof HTMLButtonElement ? element.labels[0]?.textContent : null;
        return `${element?.id ?? ""}|${label || element?.textContent || ""}`;
      });
      if (typeof id === "string" ? found.startsWith(`${id}|`) : id.test(found)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reached ${id}`);
  };
  const type = async (id: string, text: string) => {
    await tabTo(id);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(text);
  };
  const secrets = "wizard-body-properties-secretParameters";

  await type("wizard-name", "by-keyboard");
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("Connect to source");
  await expect(heading(page)).toBeFocused();
  await type("wizard-source-host", environment.source.host);
  await type("wizard-source-port", String(environment.source.port));
  await type("wizard-source-user", environment.source.user);
  await type(`${secrets}-adminCredentials-sourceServerPassword`, environment.source.password);
  // Enter in a field tests the connection and never leaves the step untested.
  await page.keyboard.press("Enter");
  await expectConnected(page, 16);
  await tabTo(/\|Next: /);
  await page.keyboard.press("Enter");

  await expect(heading(page)).toHaveText("Connect to target");
  await tabTo("wizard-target-choice");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listbox")).toBeVisible();
  await page.keyboard.press("End");
  await expect(page.getByRole("option").last()).toBeFocused();
  await page.keyboard.press("Enter");
  await type("wizard-target-host", environment.target.host);
  await type("wizard-target-port", String(environment.target.port));
  await type("wizard-target-name", "pg-keyboard");
  await type(`${secrets}-targetServerUsername`, environment.target.user);
  await type(`${secrets}-adminCredentials-targetServerPassword`, environment.target.password);
  await page.keyboard.press("Enter");
  await expectConnected(page, 17);
  await tabTo(/\|Next: /);
  await page.keyboard.press("Enter");

  await expect(heading(page)).toHaveText("Select databases for migration");
  await tabTo(/\|emptydb$/);
  await page.keyboard.press("Space");
  await tabTo(/\|Next: /);
  await page.keyboard.press("Enter");
  await expect(heading(page)).toHaveText("Summary");
  await tabTo(/\|Start validation and migration/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}/);
});

test("a wrong password is named, and Next stays shut until a fresh test passes", async ({
  page,
  environment,
}) => {
  await fillSetup(page, "wrong-password");
  await next(page).click();
  await fillServer(page, "source", { ...environment.source, password: "not it" });
  await testButton(page).click();
  await expect(page.getByText("PASSWORD_REJECTED")).toBeVisible();
  await expect(next(page)).toHaveAttribute("aria-disabled", "true");
  await expect(next(page)).toHaveAccessibleDescription("1 failed probe");
  await expect(page.locator("body")).not.toContainText("not it");

  await page.getByLabel("Password", { exact: true }).fill(environment.source.password);
  await expect(next(page)).toHaveAccessibleDescription("Fields changed: test again");
  await testButton(page).click();
  await expectConnected(page, 16);
  await expect(next(page)).not.toHaveAttribute("aria-disabled", "true");
});

test("a test goes stale with any field, and Back keeps the passwords", async ({ page, environment }) => {
  await fillSetup(page, "stale-test");
  await next(page).click();
  await fillServer(page, "source", environment.source);
  await testButton(page).click();
  await expectConnected(page, 16);

  await page.getByLabel("Port").fill("1");
  await expect(page.getByRole("heading", { name: /Fields changed since this test/ })).toBeVisible();
  await expect(next(page)).toHaveAttribute("aria-disabled", "true");
  // A guarded URL cannot be used to get around it.
  await expect(page.getByRole("link", { name: /Select databases/ })).toHaveCount(0);

  await page.getByLabel("Port").fill(String(environment.source.port));
  await expect(next(page)).not.toHaveAttribute("aria-disabled", "true");
  await page.getByRole("button", { name: "Back" }).click();
  await expect(heading(page)).toHaveText("Setup");
  await next(page).click();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue(environment.source.password);
  expect(page.url()).not.toContain(environment.source.user);
});

test("a database that would stop the run for sure holds Next back, and says how it goes on", async ({
  page,
  environment,
}) => {
  const { source, target } = environment;
  await runStatements(source, ["drop database if exists filesdb", "create database filesdb"]);
  // The target's version no longer has it.
  await runStatements({ ...source, database: "filesdb" }, ["create extension adminpack"]);
  await fillSetup(page, "held-back");
  await next(page).click();
  await fillServer(page, "source", source);
  await testButton(page).click();
  await expectConnected(page, 16);
  await next(page).click();
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /Another server/ }).click();
  await fillServer(page, "target", target);
  await page.getByLabel("Name", { exact: true }).fill("pg-held-back");
  await testButton(page).click();
  await expectConnected(page, 17);
  await expect(page.getByText("adminpack, used by filesdb.", { exact: false })).toBeVisible();
  await next(page).click();

  await expect(heading(page)).toHaveText("Select databases for migration");
  await page.getByRole("checkbox", { name: "filesdb" }).check();
  await expect(next(page)).toHaveAttribute("aria-disabled", "true");
  await expect(next(page)).toHaveAccessibleDescription(/^filesdb needs adminpack\. Leave it out/);
  await next(page).click({ force: true });
  await expect(heading(page)).toHaveText("Select databases for migration");
  await expectAccessible(page);
  await page.getByRole("checkbox", { name: "citydb" }).check();
  await page.getByRole("checkbox", { name: "filesdb" }).uncheck();
  await expect(next(page)).not.toHaveAttribute("aria-disabled", "true");
  await next(page).click();
  await expect(heading(page)).toHaveText("Summary");
  await runStatements(source, ["drop database filesdb"]);
});

test("the source is not accepted as its own target", async ({ page, environment }) => {
  await fillSetup(page, "same-server");
  await next(page).click();
  await fillServer(page, "source", environment.source);
  await testButton(page).click();
  await expectConnected(page, 16);
  await next(page).click();
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /Another server/ }).click();
  await fillServer(page, "target", environment.source);
  await page.getByLabel("Name", { exact: true }).fill("pg-itself");
  await testButton(page).click();
  await expect(page.getByRole("alert").filter({ hasText: "The target is the source" })).toBeVisible();
  await expect(next(page)).toHaveAttribute("aria-disabled", "true");
});

test("@phone the first step fits 390 pixels and names what is missing", async ({ page }) => {
  await page.goto("/migrations/new?step=summary");
  await expect(page).toHaveURL(/step=setup/);
  await next(page).click();
  await expect(page.getByRole("link", { name: "Enter a migration name." })).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await expectAccessible(page);
});
