import AxeBuilder from "@axe-core/playwright";
import type { APIRequestContext, Page } from "@playwright/test";
import { serverResourceId } from "@/lib/migrations/resource-paths";
import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { allowExtensions } from "./azure-stand-in";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";

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

  await reachTargetStep(page, "by-azure", source);

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

const LOCAL = { subscriptionId: "00000000-0000-0000-0000-000000000000", resourceGroup: "local" };
const AZURE_ID =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/exampleresourcegroup2/providers/Microsoft.DBforPostgreSQL/flexibleServers/exampleserver2";

test("extensions the target lacks are allowed in Azure from the wizard, and it is tuned while it migrates", async ({
  page,
  api,
  environment: { source, target },
}) => {
  await dropFromTarget(target, ["citydb"]);
  const id = serverResourceId({ ...LOCAL, serverName: "allow-target" });
  const registered = await api.put(`${id}?api-version=2025-08-01`, {
    data: {
      location: "eastus",
      properties: {
        fullyQualifiedDomainName: target.host,
        administratorLogin: target.user,
        howdah: { port: target.port, sslMode: "Require", azureResourceId: AZURE_ID },
      },
    },
  });
  expect(registered.status(), await registered.text()).toBe(201);
  await allowExtensions(target, "");
  try {
    await reachTargetStep(page, "allow-and-tune", source);

    await page.getByLabel("Target server").click();
    await page.getByRole("option", { name: /allow-target/ }).click();
    await page.getByLabel("Password", { exact: true }).fill(target.password);
    await page.getByRole("button", { name: "Test connection" }).click();
    const finding = page.getByText("The target does not offer 1 extension in use");
    await expect(finding).toBeVisible();
    await expect(page.getByText("allow-target does not allow 1 extension yet: hstore")).toBeVisible();
    await page.getByRole("button", { name: "Set azure.extensions ..." }).click();
    const dialog = page.getByRole("alertdialog", { name: "Add hstore to azure.extensions of allow-target?" });
    await expect(dialog.getByText("Counts at once, without a restart")).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Set azure.extensions" }).click();
    await expect(dialog).toBeHidden();
    await expect(finding).toBeHidden();
    await expect(page.getByText("does not allow 1 extension yet")).toBeHidden();
    await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL 17/ })).toBeVisible();

    await page.getByRole("checkbox", { name: "Tune the target while it migrates" }).check();
    await expectAccessible(page);
    await next(page).click();
    await page.getByRole("checkbox", { name: "citydb" }).check();
    await next(page).click();
    await expect(page.getByText("While it migrates")).toBeVisible();
    await page.getByRole("button", { name: "Start validation and migration" }).click();
    await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}/);
    await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 45_000 });
    await page.goto(`${new URL(page.url()).pathname}?tab=activity`);
    await expect(page.getByText("Set on the target: max_wal_size = 13107 (was 12288).")).toBeVisible();
    await expect(page.getByText("Put back on the target: max_wal_size = 12288.")).toBeVisible();
    const { properties } = await (
      await api.get(`${id}/migrations/allow-and-tune?api-version=2025-08-01`)
    ).json();
    expect(properties.targetDbServerMetadata).toMatchObject({ location: "eastus", storageMb: 131_072 });
  } finally {
    await allowExtensions(target, null);
    await dropFromTarget(target, ["citydb"]);
  }
});

test("a finding of the validation is set right in Azure from the report", async ({
  page,
  api,
  environment: { source, target },
}) => {
  const validate = (name: string) =>
    validateOn(page, api, { source, target }, { name, database: "trigramdb" });
  await runOn(source, "postgres", "create database trigramdb");
  await runOn(source, "trigramdb", "create extension pg_trgm");
  await allowExtensions(target, "hstore");
  try {
    await validate("allow-from-report");
    const finding = page.getByText("Not in azure.extensions on the target: pg_trgm.");
    await expect(finding).toBeVisible();
    await page.getByRole("button", { name: "Set azure.extensions ..." }).click();
    const dialog = page.getByRole("alertdialog", { name: /^Add pg_trgm to azure\.extensions/ });
    await dialog.getByRole("button", { name: "Set azure.extensions" }).click();
    await expect(page.getByText(/^Azure allows it now\./)).toBeVisible();
    await expectAccessible(page);
    await validate("allowed-from-report");
    await expect(finding).toBeHidden();
  } finally {
    await allowExtensions(target, null);
    await runOn(source, "postgres", "drop database trigramdb with (force)");
  }
});

test("a library that the target has to load is set in Azure, and the target restarted, after a warning", async ({
  page,
  api,
  environment: { source, target },
}) => {
  const validate = (name: string) => validateOn(page, api, { source, target }, { name, database: "warmdb" });
  await runOn(source, "postgres", "create database warmdb");
  await runOn(source, "warmdb", "create extension pg_prewarm");
  try {
    await validate("load-from-report");
    const finding = page.getByText("Not in shared_preload_libraries on the target: pg_prewarm.");
    await expect(finding).toBeVisible();
    await expect(
      page.getByText("allow-target does not load 1 library at its start yet: pg_prewarm"),
    ).toBeVisible();
    const startedAt = await startOf(target);
    const button = page.getByRole("button", { name: "Set shared_preload_libraries and restart ..." });
    await button.click();
    const dialog = page.getByRole("alertdialog", {
      name: "Add pg_prewarm to shared_preload_libraries and restart allow-target?",
    });
    await expect(dialog.getByText("Every session on the server ends")).toBeVisible();
    await expectAccessible(page);
    // Nothing happens before it is confirmed.
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    await expect(dialog).toBeHidden();
    expect(await startOf(target)).toBe(startedAt);
    await button.click();
    await dialog.getByRole("button", { name: "Set and restart allow-target" }).click();
    await expect(page.getByText(/^Azure allows it now\./)).toBeVisible();
    expect(await startOf(target)).not.toBe(startedAt);
    await validate("loaded-from-report");
    await expect(finding).toBeHidden();
  } finally {
    await runOn(source, "postgres", "drop database warmdb with (force)");
  }
});

/** Creates a validation of a database into the server registered as allow-target, and opens its report. */
async function validateOn(
  page: Page,
  api: APIRequestContext,
  { source, target }: Pick<Environment, "source" | "target">,
  { name, database }: { name: string; database: string },
): Promise<void> {
  const server = serverResourceId({ ...LOCAL, serverName: "allow-target" });
  const created = await api.put(`${server}/migrations/${name}?api-version=2025-08-01`, {
    data: {
      properties: {
        migrationOption: "Validate",
        sslMode: "Require",
        sourceDbServerResourceId: `${source.host}:${source.port}@${source.user}`,
        dbsToMigrate: [database],
        secretParameters: {
          adminCredentials: {
            sourceServerPassword: source.password,
            targetServerPassword: target.password,
          },
        },
      },
    },
  });
  const { properties } = await created.json();
  await page.goto(`/migrations/${properties.migrationId}?tab=validation`);
  await expect(page.getByRole("heading", { name: "Validation details for databases" })).toBeVisible({
    timeout: 30_000,
  });
}

/** When the server was started. */
async function startOf(server: ConnectionSettings): Promise<string> {
  const client = await connect(server, { applicationName: "howdah e2e" });
  try {
    const { rows } = await client.query<{ at: string }>(
      "select pg_catalog.pg_postmaster_start_time()::text as at",
    );
    return rows[0]?.at ?? "";
  } finally {
    await client.end();
  }
}

async function runOn(server: ConnectionSettings, database: string, sql: string): Promise<void> {
  const client = await connect({ ...server, database }, { applicationName: "howdah e2e" });
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A new migration of that name from the source, as far as the wizard's step of the target. */
async function reachTargetStep(page: Page, name: string, source: ConnectionSettings): Promise<void> {
  await page.goto("/migrations/new");
  await page.getByLabel("Migration name").fill(name);
  await expect(page.getByText(/^Available/)).toBeVisible();
  await next(page).click();
  await page.getByLabel("Server name", { exact: true }).fill(source.host);
  await page.getByLabel("Port").fill(String(source.port));
  await page.getByLabel("Administrator login").fill(source.user);
  await page.getByLabel("Password", { exact: true }).fill(source.password);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("heading", { name: /^Connected to PostgreSQL 16/ })).toBeVisible();
  await next(page).click();
}
