/**
 * Makes a clone ready to run: packages, Prisma client, command line bundle, web build. Each step runs only when its inputs
 * changed since it last succeeded. Plain JavaScript for Node 20, without packages: they are what it installs.
 *
 *   node scripts/setup.mjs
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fingerprint, listFiles } from "./setup/fingerprint.mjs";
import { withLock } from "./setup/lock.mjs";
import { nodeBinary } from "./setup/node-binary.mjs";
import { ROOT } from "./setup/root.mjs";
import { runQuietly } from "./setup/run-quietly.mjs";
import { readStamps, writeStamp } from "./setup/stamps.mjs";

const ENTRIES = {
  howdah: "bin/howdah.ts",
  "web-server": "lib/cli/tls/https-server.ts",
  "pg-dump-process": "lib/engine/schema/pg-dump-process.ts",
  demo: "scripts/demo.ts",
};
const SOURCES = ["bin/howdah.ts", "lib", "scripts/demo.ts", "scripts/demo"];
const PAGES = ["app", "components", "lib", "public", "proxy.ts", "instrumentation.ts"];
const PAGE_SETTINGS = ["next.config.js", "postcss.config.mjs", "tsconfig.json"];

/** The steps in order; a step's key holds the one before it that it builds on, so a change runs through. */
function steps() {
  const manifest = () => fingerprint(["package.json", "package-lock.json"], process.platform, process.arch);
  const schema = () => fingerprint(["prisma/schema.prisma", "prisma.config.ts"], manifest());
  return [
    {
      name: "install",
      title: "Installing packages",
      key: manifest,
      outputs: ["node_modules/.package-lock.json", "node_modules/next/package.json"],
      run: install,
    },
    {
      name: "generate",
      title: "Generating the store's client",
      key: schema,
      outputs: ["lib/generated/prisma/client.ts"],
      run: () => runNode("prisma/build/index.js", ["generate"]),
    },
    {
      name: "bundle",
      title: "Bundling the command line",
      key: () => fingerprint([...SOURCES.flatMap(listFiles), "tsconfig.json", "scripts/setup.mjs"], schema()),
      outputs: ["dist/howdah.mjs", "dist/web-server.mjs", "dist/pg-dump-process.mjs"],
      run: bundle,
    },
    {
      name: "build",
      title: "Building the dashboard",
      key: () => fingerprint([...PAGES.flatMap(listFiles), ...PAGE_SETTINGS], schema()),
      outputs: [".next/BUILD_ID", ".next/prerender-manifest.json"],
      run: () => runNode("next/dist/bin/next", ["build"]),
    },
  ];
}

/**
 * Runs what is not up to date; of several processes in one clone one does it and the others wait, as two builds into one
 * folder spoil each other. Throws an Error whose message is fit for users.
 */
export async function setup() {
  if (steps().every(isCurrent)) return;
  await withLock(join(ROOT, ".setup-lock"), runSteps, () =>
    console.error("Waiting for the set-up of this clone that runs already ..."),
  );
}

function isCurrent(step) {
  return step.outputs.every((file) => existsSync(join(ROOT, file))) && readStamps()[step.name] === step.key();
}

async function runSteps() {
  for (const step of steps()) {
    if (isCurrent(step)) continue;
    const key = step.key();
    const startedAt = Date.now();
    console.error(`${step.title} ...`);
    await step.run();
    writeStamp(step.name, key);
    console.error(`${step.title}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }
}

/** Never `npm ci`: the lock file names builds for other platforms that not every registry mirror has. The clone stays as it is. */
async function install() {
  const npm = process.env["npm_execpath"];
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--include=dev", "--include=optional"];
  // Whoever runs production has NODE_ENV set, and npm would leave out what builds the dashboard.
  const env = { NODE_ENV: "", npm_config_update_notifier: "false" };
  if (npm?.endsWith(".js")) await runQuietly(process.execPath, [npm, ...args], env);
  else await runQuietly(process.platform === "win32" ? "npm.cmd" : "npm", args, env);
}

/** Not by its program, which is no JavaScript any more where npm ran esbuild's install script. */
async function bundle() {
  // Parts are named after their contents: without this, those of former builds would pile up.
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  const esbuild = await import("esbuild");
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(
      Object.entries(ENTRIES).filter(([, file]) => existsSync(join(ROOT, file))),
    ),
    bundle: true,
    // A command loads what it needs, so that help and errors come at once.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    sourcemap: true,
    // A stack tells file and line without, and a process that has the map in memory takes less.
    sourcesContent: false,
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    logLevel: "silent",
  });
}

function runNode(program, args) {
  return runQuietly(nodeBinary(), [join(ROOT, "node_modules", program), ...args], {
    NEXT_TELEMETRY_DISABLED: "1",
    NODE_ENV: "production",
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    await setup();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
