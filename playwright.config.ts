import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** HOWDAH_CHROMIUM, else Debian's package, else the one that `npx playwright install chromium` brought. */
const chromium = [process.env["HOWDAH_CHROMIUM"], "/usr/bin/chromium"].find(
  (path) => path && existsSync(path),
);

const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
args.push("--disable-component-update", "--disable-sync");
// Chromium's sandbox does not work for root.
if (process.getuid?.() === 0) args.push("--no-sandbox");

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/global-setup.ts",
  // The tests of a worker share one Howdah, one source and one target; those of a file follow one another.
  workers: 2,
  fullyParallel: false,
  // Far above what any test takes: a machine with other work is slow, and slowness is no failure.
  timeout: 150_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env["CI"]),
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { args, ...(chromium ? { executablePath: chromium } : {}) },
    // A film of each test takes a seventh of the run; a failure leaves a picture and the steps.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "desktop", grepInvert: /@phone/, use: { viewport: { width: 1280, height: 800 } } },
    {
      name: "phone",
      grep: /@phone/,
      use: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    },
  ],
});
