import { readFile } from "node:fs/promises";
import type { APIRequestContext, Page } from "@playwright/test";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import type { ConnectionSettings } from "@/lib/postgres/connection-settings";
import { ident } from "@/lib/postgres/sql";
import { expectAccessible } from "./accessibility";
import type { Environment } from "./environment";
import { dropFromTarget, expect, test } from "./harness";
import { createMigration, waitForState } from "./migrations-api";
import { runStatements } from "./source-sample";

const DATABASE = "ledgerdb";

const LEDGER = [
  "create table account (id integer primary key, owner text not null, note text)",
  "create table entry (id integer primary key, account_id integer not null references account, amount numeric(10,2) not null)",
  "create sequence receipt start 500",
  "create view balance as select account_id, sum(amount) as amount from entry group by account_id",
  "insert into account select n, 'Owner ' || n, null from generate_series(1, 200) n",
  "insert into entry select n, 1 + n % 200, n / 100.0 from generate_series(1, 4000) n",
];

/** A changed, two missing and an extra row, a column more and an index less. */
const DIFFERENCES = [
  "update account set owner = E'Somebody ''else'' \\\\', note = '' where id = 3",
  "delete from entry where id in (11, 12)",
  "insert into entry values (9001, 5, 1.5)",
];
const SCHEMA_DIFFERENCES = [
  "alter table account add column added_on_target date",
  "alter table entry drop constraint entry_account_id_fkey",
];
const SCHEMA_REPAIRS = [
  "alter table account drop column added_on_target",
  "alter table entry add constraint entry_account_id_fkey foreign key (account_id) references account (id)",
];

/** Creates the database anew on the source and migrates it with a verification at the end. */
async function migrateLedger(
  api: APIRequestContext,
  environment: Environment,
  name: string,
): Promise<MigrationDetails> {
  const { source, target } = environment;
  await dropFromTarget(target, [DATABASE]);
  await runStatements(source, [
    `drop database if exists ${ident(DATABASE)} with (force)`,
    `create database ${ident(DATABASE)}`,
  ]);
  await runStatements({ ...source, database: DATABASE }, LEDGER);
  const id = await createMigration(api, environment, {
    name,
    databases: [DATABASE],
    option: "Migrate",
    howdah: { verifyAtEnd: true },
  });
  return await waitForState(api, id, "Succeeded");
}

/** Fills in the dialog that is open and waits for the result; `login` is another than the migration's. */
async function verify(
  page: Page,
  { source, target }: Environment,
  login?: { user: string; password: string },
): Promise<void> {
  const dialog = page.getByRole("dialog");
  const [sourceSide, targetSide] = [
    dialog.getByRole("group", { name: /^Source/ }),
    dialog.getByRole("group", { name: /^Target/ }),
  ];
  const sides = [
    { side: sourceSide, password: login?.password ?? source.password },
    { side: targetSide, password: login?.password ?? target.password },
  ];
  for (const { side, password } of sides) {
    if (login) await side.getByLabel("Login").fill(login.user);
    await side.getByLabel("Password", { exact: true }).fill(password);
  }
  await dialog.getByRole("button", { name: "Start verification" }).click();
  await expect(dialog).toBeHidden();
}

/** What stands above the list once the newest verification has ended. */
function resultNote(page: Page) {
  return page.getByRole("note").first();
}

async function downloaded(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name, exact: true }).click(),
  ]);
  return await readFile(await download.path(), "utf8");
}

test("differences on the target are found, shown, repaired and gone", async ({ page, api, environment }) => {
  test.setTimeout(150_000);
  const migration = await migrateLedger(api, environment, "verified-ledger");
  expect(migration.verifications.map(({ kind, state }) => [kind, state])).toEqual([["at-end", "equal"]]);
  const onTarget: ConnectionSettings = { ...environment.target, database: DATABASE };
  await runStatements(onTarget, [...DIFFERENCES, ...SCHEMA_DIFFERENCES]);

  await page.goto(`/migrations/${migration.id}?tab=verification`);
  await expect(page.getByRole("list", { name: "Phases" }).getByText("Verify, done")).toBeVisible();
  await expect(resultNote(page)).toContainText(/^Equal: \d+ equal in/);
  await page.getByRole("button", { name: "Verify again" }).click();
  await page.getByRole("button", { name: "Start verification" }).click();
  await expect(page.getByText("Enter the password.").first()).toBeVisible();
  // The first of them has the focus, so that it is read out with its message.
  const missing = page.getByRole("group", { name: /^Source/ }).getByLabel("Password", { exact: true });
  await expect(missing).toBeFocused();
  await expect(missing).toHaveAccessibleDescription("Enter the password.");
  await expectAccessible(page);
  await verify(page, environment);
  await expect(resultNote(page)).toContainText(/Different: 3 objects differ, \d+ equal in/, {
    timeout: 45_000,
  });

  const changed = page.getByRole("table", { name: "Changed: id = 3" });
  await expect(changed.getByRole("row", { name: /^owner changed/ })).toContainText("Somebody 'else' \\");
  await expect(changed.getByRole("row", { name: /^note changed/ })).toContainText("empty text");
  await expect(page.getByRole("table", { name: "Missing on the target: id = 11" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Extra on the target: id = 9001" })).toBeVisible();
  const schema = page.getByRole("table", { name: `Schema of ${DATABASE}, source and target side by side` });
  await expect(schema.getByText(/only on the target: .*added_on_target/)).toBeVisible();
  await expectAccessible(page);
  expect(await downloaded(page, "Rows (CSV)")).toContain("9001");

  await runStatements(onTarget, [await downloaded(page, "Repair SQL"), ...SCHEMA_REPAIRS]);
  await page.getByRole("button", { name: "Verify again" }).click();
  await verify(page, environment);
  await expect(resultNote(page)).toContainText(/^Equal: \d+ equal in/, { timeout: 45_000 });
  await expect(page.getByRole("button", { name: /^Verification:/ })).toContainText("equal");
});

test("a table that may not be read makes a verification incomplete", async ({ page, api, environment }) => {
  test.setTimeout(120_000);
  const { source, target } = environment;
  const migration = await migrateLedger(api, environment, "limited-ledger");
  for (const side of [source, target]) {
    await runStatements({ ...side, database: DATABASE }, [
      "do $$ begin create role auditor login password 'aud1tor'; exception when duplicate_object then null; end $$",
      "grant select on account to auditor",
    ]);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/migrations/${migration.id}?tab=verification`);
  await page.getByRole("button", { name: "Verify again" }).click();
  await page.getByLabel(/^Only these tables/).fill("account\nentry");
  await verify(page, environment, { user: "auditor", password: "aud1tor" });
  await expect(resultNote(page)).toContainText(/Incomplete: 1 could not be compared, 1 equal in/, {
    timeout: 45_000,
  });
  await expect(page.getByRole("button", { name: /^public\.entry Not compared/ })).toBeVisible();
  await expectAccessible(page);
});
