import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const alias = { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") };

/** Most files start servers of their own, and wait for them much of the time; two cores bear five files. */
const WORKERS = 5;

/** Short texts that take long. In a fresh clone Vitest begins with the largest files, and would be left with these at the end. */
const LONG = [
  "lib/engine/memory.pg.test.ts",
  "scripts/chaos.pg.test.ts",
  "lib/worker/online/killed-worker.pg.test.ts",
  "lib/worker/online/several-workers.pg.test.ts",
  "lib/engine/fidelity-schemas.pg.test.ts",
  "lib/engine/fidelity.pg.test.ts",
  "scripts/chaos-online.pg.test.ts",
  "lib/engine/testing/online/online-rounds.pg.test.ts",
  "scripts/demo/samples.pg.test.ts",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((path) => moduleId.endsWith(path));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { alias },
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["{lib,components,scripts,bin,app}/**/*.test.ts"],
          exclude: ["**/*.pg.test.ts"],
          setupFiles: ["scripts/forget-logins.ts"],
          maxWorkers: WORKERS,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "pg",
          include: ["{lib,scripts,bin,app}/**/*.pg.test.ts"],
          // Far above what any test takes: a machine with other work is slow, and slowness is no failure.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 30_000 } },
          setupFiles: ["scripts/forget-logins.ts"],
          maxWorkers: WORKERS,
          globalSetup: ["scripts/bundle-test-programs.ts"],
        },
      },
    ],
  },
});
