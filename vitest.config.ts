import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const alias = { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") };

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["{lib,components,scripts,bin,app}/**/*.test.ts"],
          exclude: ["**/*.pg.test.ts"],
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
          // Each file may start servers of its own, and waits for them much of the time; two cores bear four files.
          maxWorkers: 4,
          globalSetup: ["scripts/bundle-test-programs.ts"],
        },
      },
    ],
  },
});
