import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { expect, test } from "./harness";
import { runCli } from "./run-cli";

const next = (page: Page) => page.getByRole("button", { name: /^Next: / });

/** The step's server must be connected to before the next step opens. */
async function connect(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL/ })).toBeVisible();
  await next(page).click();
}

/** Goes through the wizard to its summary. */
async function fillWizard(page: Page, { source, target }: Environment): Promise<void> {
  await page.goto("/migrations/new");
  await page.getByLabel("Migration name").fill("exported");
  await page.getByRole("radio", { name: /^Validate(?! and)/ }).check();
  await next(page).click();
  await page.getByLabel("Server name", { exact: true }).fill(source.host);
  await page.getByLabel("Port").fill(String(source.port));
  await page.getByLabel("Administrator login").fill(source.user);
  await connect(page, source.password);
  await page.getByLabel("Target server").click();
  await page.getByRole("option", { name: /pg-exported/ }).click();
  await connect(page, target.password);
  await page.getByRole("checkbox", { name: "citydb" }).check();
  await next(page).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Summary");
}

test("a migration is exported from the wizard, deployed by the command line, and seen in the grid", async ({
  page,
  environment,
}, testInfo) => {
  // Three processes of the command line and four looks of axe besides the pages.
  test.slow();
  const { source, target } = environment;
  const address = ["--host", target.host, "--port", String(target.port), "--user", target.user];
  await runCli(environment, ["server", "add", "pg-exported", ...address, "--ssl-mode", "Require"], {
    HOWDAH_TARGET_PASSWORD: target.password,
  });
  await fillWizard(page, environment);

  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export exported" });
  await expect(dialog.getByText("deploymentTemplate.json")).toBeVisible();
  for (const tab of ["Bicep", "CLI", "Properties", "Terraform", "ARM template"]) {
    await dialog.getByRole("tab", { name: tab }).click();
    await expect(dialog.getByRole("tab", { name: tab })).toHaveAttribute("aria-selected", "true");
    await expect(dialog).not.toContainText(source.password);
  }
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await expectAccessible(page);
    await page.screenshot({ path: testInfo.outputPath(`export-${width}.png`) });
  }
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download exported.template.json" }).click();
  const template = testInfo.outputPath("t.json");
  await (await downloading).saveAs(template);
  expect(readFileSync(template, "utf8")).toContain("secureString");

  const parameters = testInfo.outputPath("p.json");
  writeFileSync(
    parameters,
    JSON.stringify({
      parameters: {
        migrationName: { value: "deployed" },
        sourceServerPassword: { value: source.password },
        targetServerPassword: { value: target.password },
      },
    }),
  );
  const deployed = await runCli(environment, [
    ...["deployment", "create", "--template-file", template, "--parameters", parameters],
    ...["--query", "properties.provisioningState", "-o", "tsv"],
  ]);
  expect(deployed).toBe("Succeeded");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/");
  const link = page.getByRole("link", { name: "deployed" });
  await expect(link).toBeVisible();
  await page.goto((await link.getAttribute("href")) ?? "");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("deployed");
  expect(
    await runCli(environment, ["migration", "show", "deployed", "--query", "dbsToMigrate[0]", "-o", "tsv"]),
  ).toBe("citydb");

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /^Export/ }).click();
  const again = page.getByRole("dialog", { name: "Export deployed" });
  await again.getByRole("tab", { name: "CLI" }).click();
  await expect(again.getByText(/--server-name pg-exported/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "More actions" })).toBeFocused();
});
