/**
 * npm test: sets the clone up, then lint, types, drift of the store's migrations, all tests against real servers and the
 * browser tests. Every step runs, whatever failed before; the last line is "N passed, N failed".
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium } from "./setup/chromium.mjs";
import { runProgram } from "./setup/run-program.mjs";
import { setup } from "./setup.mjs";

const reports = mkdtempSync(join(tmpdir(), "howdah-test-"));
const vitestReport = join(reports, "vitest.json");
const playwrightReport = join(reports, "playwright.json");

/** Steps that pass or fail as a whole, side by side; those of a row one after another. */
const CHECKS = [
  [{ name: "lint", program: "@biomejs/biome/bin/biome", args: ["check", "."] }],
  [
    { name: "route types", program: "next/dist/bin/next", args: ["typegen"] },
    { name: "types", program: "typescript/bin/tsc", args: ["--noEmit"] },
  ],
  [
    {
      name: "store migrations",
      program: "tsx/dist/cli.mjs",
      args: ["scripts/prisma-migrations.ts", "check"],
    },
  ],
];

const VITEST = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${vitestReport}`];

let passed = 0;
let failed = 0;

function count(name, ok) {
  if (ok) passed += 1;
  else failed += 1;
  console.log(`${ok ? "ok" : "FAILED"}: ${name}`);
}

function run(program, args, env = {}) {
  return runProgram(join("node_modules", program), args, { NEXT_TELEMETRY_DISABLED: "1", ...env });
}

/** Adds a report's figures; a run without a report or with nothing in it counts as one failure. */
function addReport(name, path, exitCode, read) {
  let figures = { passed: 0, failed: 0 };
  try {
    figures = read(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // The reason stands in the run's own output above.
  }
  passed += figures.passed;
  failed += figures.failed;
  if (figures.passed + figures.failed === 0 || (exitCode !== 0 && figures.failed === 0)) count(name, false);
}

try {
  await setup();
  const runRow = async (row) => {
    for (const { name, program, args } of row) count(name, (await run(program, args)) === 0);
  };
  await Promise.all(CHECKS.map(runRow));

  addReport("vitest", vitestReport, await run("vitest/vitest.mjs", VITEST), (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests,
  }));

  const chromium = await ensureChromium();
  const playwright = await run("@playwright/test/cli.js", ["test", "--reporter=list,json"], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport,
    ...(chromium ? { HOWDAH_CHROMIUM: chromium } : {}),
  });
  addReport("playwright", playwrightReport, playwright, ({ stats }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
  }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  failed += 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
