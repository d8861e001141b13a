import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** The variable that says where the programs of this test run lie as bundles; its global set-up sets it. */
export const TEST_PROGRAMS = "HOWDAH_TEST_PROGRAMS";

/** Programs that tests start, by the names of their bundles. */
export const PROGRAMS = {
  howdah: "bin/howdah.ts",
  "worker-process": "lib/worker/testing/worker-process.ts",
  "engine-worker-process": "lib/worker/testing/engine-worker-process.ts",
  "chaos-worker-process": "scripts/chaos/worker-process.ts",
  "hold-store": "lib/embedded/testing/hold-store.ts",
} as const;

/**
 * What node has to be called with to run one of them: the bundle, which is there four times as fast, or the source itself where
 * nothing was bundled, outside a test run.
 */
export function programArguments(name: keyof typeof PROGRAMS): string[] {
  const folder = process.env[TEST_PROGRAMS];
  if (folder) return [join(folder, `${name}.mjs`)];
  return ["--import", "tsx", join(ROOT, PROGRAMS[name])];
}
