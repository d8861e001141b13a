import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/**
 * What each part may import, besides itself. The engine knows neither ARM nor Prisma nor Next; components know only what is
 * pure; nothing below the command line and the web knows of them.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/util": [],
  "lib/migrations": ["lib/util"],
  "lib/postgres": ["lib/util"],
  "lib/embedded": ["lib/util"],
  "lib/generated": [],
  "lib/engine": ["lib/postgres", "lib/util"],
  "lib/validation": [
    "lib/engine/filter",
    "lib/engine/functions",
    "lib/engine/schema",
    "lib/postgres",
    "lib/migrations",
    "lib/util",
  ],
  "lib/arm": ["lib/migrations", "lib/util"],
  // The key of sealed passwords lies in the data directory.
  "lib/store": ["lib/migrations", "lib/generated", "lib/util", "lib/embedded/data-directory"],
  "lib/worker": [
    "lib/engine",
    "lib/validation",
    "lib/store",
    "lib/migrations",
    "lib/postgres",
    "lib/generated",
    "lib/util",
  ],
  "lib/server": [
    "lib/store",
    "lib/arm",
    "lib/migrations",
    "lib/postgres",
    "lib/generated",
    "lib/util",
    "lib/worker/workers-online",
    "lib/engine/filter",
    "lib/validation",
  ],
  "lib/cli": [
    "lib/embedded",
    "lib/engine/filter",
    "lib/engine/verify",
    "lib/validation",
    "lib/worker",
    "lib/store",
    "lib/arm",
    "lib/migrations",
    "lib/postgres",
    "lib/generated",
    "lib/util",
  ],
  components: ["lib/migrations", "lib/postgres/probes/report", "lib/util"],
  app: ["components", "lib/server", "lib/arm/arm-error", "lib/migrations", "lib/util"],
  bin: ["lib/cli"],
};

const LIMIT = 500;

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const SOURCES = ["app", "bin", "components", "lib", "scripts", "e2e", "bench"]
  .flatMap(filesBelow)
  .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.startsWith("lib/generated/"));

const isTest = (path: string) => /\.test\.tsx?$/.test(path) || path.includes("/testing/");

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:type\s)?[^"';]*?from\s*"([^"]+)"|(?:^|[^.\w])import\(\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"/g;

/** Import specifiers of a source, those of this project as paths from the root without their extension. */
function importsOf(path: string): string[] {
  return [...textOf(path).matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    if (specifier.startsWith("@/")) return specifier.slice(2);
    return specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
  });
}

const isWithin = (path: string, part: string) => path === part || path.startsWith(`${part}/`);

/** A project's file by its extensionless path; undefined for packages. */
function sourceOf(path: string): string | undefined {
  return SOURCES.find((source) => source === path || source.replace(/\.(ts|tsx|mjs)$/, "") === path);
}

test("imports follow the direction of the parts", () => {
  const wrong = SOURCES.filter((path) => !isTest(path)).flatMap((path) => {
    const part = Object.keys(MAY_IMPORT).find((name) => isWithin(path, name));
    if (!part) return [];
    const allowed = [part, ...(MAY_IMPORT[part] ?? [])];
    return importsOf(path)
      .filter((target) => Object.keys(MAY_IMPORT).some((name) => isWithin(target, name)))
      .filter((target) => !allowed.some((name) => isWithin(target, name)))
      .map((target) => `${path} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("only tests import tests and what is made for them", () => {
  const wrong = SOURCES.filter((path) => !isTest(path) && !/^(e2e|scripts|bench)\//.test(path)).flatMap(
    (path) =>
      importsOf(path)
        .filter((target) => target.includes("/testing/") || target.endsWith("lib/embedded/test-server"))
        .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("what the web server bundles starts no process", () => {
  const reached = new Set<string>();
  const queue = SOURCES.filter((path) => isWithin(path, "app") && !isTest(path));
  for (let path = queue.pop(); path; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...importsOf(path).flatMap((target) => sourceOf(target) ?? []));
  }
  expect(reached.size).toBeGreaterThan(50);
  const starting = [...reached].filter((path) =>
    importsOf(path).some((target) => /^(node:)?(child_process|cluster|worker_threads)$/.test(target)),
  );
  expect(starting).toEqual([]);
});

test("no part of the interface reaches the database or the file system", () => {
  const wrong = SOURCES.filter((path) => isWithin(path, "components") && !isTest(path)).flatMap((path) =>
    importsOf(path)
      .filter(
        (target) =>
          target.startsWith("node:") || ["pg", "pg-boss", "pino", "@prisma/client"].includes(target),
      )
      .map((target) => `${path} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test(`no source has more than ${LIMIT} lines`, () => {
  const long = SOURCES.filter((path) => !isTest(path))
    .map((path) => ({ path, lines: textOf(path).split("\n").length }))
    .filter(({ lines }) => lines > LIMIT);
  expect(long).toEqual([]);
});

test("nothing silences the compiler or the linter, and nothing is left to do", () => {
  const marks = ["biome" + "-ignore", "@ts-" + "ignore", "@ts-" + "expect-error", "TO" + "DO", "FIX" + "ME"];
  const found = SOURCES.flatMap((path) => {
    const text = textOf(path);
    return marks.filter((mark) => text.includes(mark)).map((mark) => `${path}: ${mark}`);
  });
  expect(found).toEqual([]);
});
