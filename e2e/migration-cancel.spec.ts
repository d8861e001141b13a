import { connect } from "@/lib/postgres/connect";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { expectAccessible } from "./accessibility";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration } from "./migrations-api";
import { createTroubledDatabase } from "./troubled-databases";

test("cancel in the middle of a copy says what stays and drops what it created when asked to", async ({
  page,
  api,
  environment,
}) => {
  await dropFromTarget(environment.target, ["slowdb"]);
  await createTroubledDatabase(environment.source, "slowdb");
  const id = await createMigration(api, environment, {
    name: "canceled-copy",
    databases: ["slowdb"],
    option: "Migrate",
  });
  await page.goto(`/migrations/${id}?tab=migration`);
  await expect(page.getByText("Migrating data", { exact: true })).toBeVisible();
  await expect(page.getByRole("table", { name: /^Tables of slowdb/ })).toContainText("Copying");
  await expectAccessible(page);

  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  await cancel.click();
  const dialog = page.getByRole("alertdialog", { name: "Cancel canceled-copy?" });
  await expect(dialog.getByRole("button", { name: "Keep migrating" })).toBeFocused();
  await expect(dialog.getByRole("region", { name: "Stays" })).toContainText(
    "slowdb on pg-e2e-target, incomplete",
  );
  const drop = dialog.getByRole("checkbox", {
    name: "Also drop the target databases this migration created",
  });
  await expect(drop).not.toBeChecked();
  await expectAccessible(page);

  // Escape changes nothing and gives the focus back.
  await page.keyboard.press("Escape");
  await expect(cancel).toBeFocused();

  await cancel.click();
  await drop.check();
  await dialog.getByLabel("Reason (optional)").fill("wrong server");
  await dialog.getByRole("button", { name: "Cancel migration" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("region", { name: "Canceled" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Canceled" })).toContainText("is unchanged.");

  await page.getByRole("link", { name: "Activity" }).last().click();
  await expect(page.getByText(/Cancel requested by .*wrong server/)).toBeVisible();
  expect(await databasesNamed(environment.target, "slowdb")).toBe(0);
});

async function databasesNamed(server: ConnectionSettings, name: string): Promise<number> {
  const client = await connect(server, { applicationName: "howdah e2e" });
  try {
    return (await client.query("select 1 from pg_database where datname = $1", [name])).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
