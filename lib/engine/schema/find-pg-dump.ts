import { execFile } from "node:child_process";
import { readdirSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

/** A pg_dump that was found and has told its version. */
export interface NativePgDump {
  path: string;
  /** "17.5" */
  version: string;
  major: number;
}

const PROGRAM = process.platform === "win32" ? "pg_dump.exe" : "pg_dump";

/** Folders with one subfolder per installed major. */
const VERSIONED_ROOTS = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];
const VERSIONED_NAME = /^(\d+|postgresql(@\d+)?|libpq)$/;

/** Milliseconds; `--version` reads nothing, so a slower answer means that it hangs. */
const VERSION_TIMEOUT_MS = 5_000;

/**
 * Every usable pg_dump of this machine, best first: those of HOWDAH_PG_BIN, then by version, newest first.
 * `environment` is read for HOWDAH_PG_BIN and PATH.
 */
export async function findPgDumps(
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<NativePgDump[]> {
  const chosen = environment["HOWDAH_PG_BIN"];
  const preferred = chosen ? await versionsOf([join(chosen, PROGRAM)], signal) : [];
  const others = await versionsOf(
    [...pathFolders(environment), ...versionedFolders()].map((folder) => join(folder, PROGRAM)),
    signal,
  );
  others.sort((a, b) => b.major - a.major || b.version.localeCompare(a.version, "en", { numeric: true }));
  return [...preferred, ...others];
}

/** The first one that reads servers of `serverMajor`: pg_dump reads older servers, never newer ones. */
export function choosePgDump(found: readonly NativePgDump[], serverMajor: number): NativePgDump | null {
  return found.find((one) => one.major >= serverMajor) ?? null;
}

function pathFolders(environment: NodeJS.ProcessEnv): string[] {
  return (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

function versionedFolders(): string[] {
  return VERSIONED_ROOTS.flatMap((root) =>
    entries(root)
      .filter((name) => VERSIONED_NAME.test(name))
      .map((name) => join(root, name, "bin")),
  );
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function versionsOf(paths: readonly string[], signal: AbortSignal): Promise<NativePgDump[]> {
  const real = new Set(paths.flatMap(resolveProgram));
  const found: NativePgDump[] = [];
  for (const path of real) {
    signal.throwIfAborted();
    const version = await versionOf(path);
    if (version) found.push(version);
  }
  return found;
}

/** Debian's /usr/bin/pg_dump is a script that picks a version by rules of its own; the real ones are found beside it. */
function resolveProgram(path: string): string[] {
  try {
    const real = realpathSync(path);
    return basename(real) === "pg_wrapper" ? [] : [real];
  } catch {
    return [];
  }
}

async function versionOf(path: string): Promise<NativePgDump | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], {
      timeout: VERSION_TIMEOUT_MS,
      cwd: dirname(path),
      env: { NODE_ENV: process.env.NODE_ENV, LC_ALL: "C" },
    });
    const version = /^pg_dump \(PostgreSQL\) (\d+)(\.\d+)?/.exec(stdout);
    if (!version?.[1]) return null;
    return { path, version: `${version[1]}${version[2] ?? ""}`, major: Number(version[1]) };
  } catch {
    return null;
  }
}
