import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { PROGRAMS, TEST_PROGRAMS } from "@/lib/util/testing/test-programs";

const ROOT = join(import.meta.dirname, "..");
/** Within node_modules, so that packages are found from there. */
const CACHE = join(ROOT, "node_modules", ".cache");

/** Looked for beside whatever dumps a schema. */
const BESIDE = { "pg-dump-process": "lib/engine/schema/pg-dump-process.ts" };

let folder = "";

/** Vitest's global set-up: bundles what tests start as processes of their own, as the product is bundled, once for the run. */
export async function setup(): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(join(CACHE, "howdah-test-programs-"));
  const entries = Object.entries({ ...PROGRAMS, ...BESIDE }).map(([name, path]) => [name, join(ROOT, path)]);
  await build({
    entryPoints: Object.fromEntries(entries),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
  process.env[TEST_PROGRAMS] = folder;
}

/** Vitest's global tear-down: takes the bundles away. */
export function teardown(): void {
  if (folder) rmSync(folder, { recursive: true, force: true });
}
