import { expect, SIGNED_OUT, test } from "./harness";
import { newSignInLink } from "./new-sign-in-link";

test.use({ storageState: SIGNED_OUT });

test("the link of the terminal signs in once and leads to the migrations", async ({
  page,
  browser,
  environment,
}) => {
  const link = await newSignInLink(environment);
  expect(new URL(link).origin).toBe(environment.baseUrl);
  await page.goto(link);
  await expect(page).toHaveURL(`${environment.baseUrl}/`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Migrations");
  // The token must not stay in the address bar or the history.
  expect(page.url()).not.toContain("token");

  const other = await browser.newPage({ storageState: SIGNED_OUT });
  await other.goto(link);
  await expect(other.getByRole("alert").filter({ hasText: "link" })).toBeVisible();
  expect(new URL(other.url()).pathname).toBe("/sign-in");
  await other.close();
});

test("a page without a session leads to the sign-in page", async ({ page, environment }) => {
  await page.goto(environment.baseUrl);
  await expect(page).toHaveURL(/\/sign-in$/);
});
