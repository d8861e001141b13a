import { existsSync } from "node:fs";
import { nodeBinary } from "./node-binary.mjs";
import { ROOT } from "./root.mjs";
import { runQuietly } from "./run-quietly.mjs";

const DEBIAN = "/usr/bin/chromium";

/**
 * Sees to a Chromium for the browser tests and returns its path, null for Playwright's own: HOWDAH_CHROMIUM, Debian's package
 * (installed when root), else a download by Playwright. Throws when none of them works.
 */
export async function ensureChromium() {
  const chosen = process.env["HOWDAH_CHROMIUM"];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`HOWDAH_CHROMIUM names ${chosen}, which does not exist.`);
  }
  if (existsSync(DEBIAN)) return DEBIAN;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.error("Installing Chromium (Debian's package) ...");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await runQuietly("apt-get", ["update", "-qq"], env);
    await runQuietly("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], env);
    return DEBIAN;
  }
  console.error("Installing Chromium (Playwright's) ...");
  await runQuietly(nodeBinary(), [`${ROOT}/node_modules/playwright/cli.js`, "install", "chromium"], {});
  return null;
}
