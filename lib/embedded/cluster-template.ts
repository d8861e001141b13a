import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type EmbeddedMajor, isWritable, postgresHome } from "./binaries";
import { createCluster } from "./postgres-server";
import { renewSystemIdentifier } from "./system-identifier";
import { giveToServer } from "./unprivileged";

const run = promisify(execFile);
const PACKAGES = resolve("node_modules");
const CACHE = join(PACKAGES, ".cache", "howdah", "clusters");

/**
 * Puts a new cluster of `major` with the superuser `user` at `dataDirectory`, whose parent exists, and returns the
 * superuser's password there. It is a copy of one that initdb made before, which takes a tenth of initdb's time; only its
 * system identifier is its own, since by that the engine tells servers apart. Where nothing can be kept for later it does
 * nothing and returns null.
 */
export async function copyCluster(
  major: EmbeddedMajor,
  user: string,
  dataDirectory: string,
): Promise<string | null> {
  if (!isWritable(PACKAGES)) return null;
  const template = templateFolder(major, user);
  if (!existsSync(template)) await buildTemplate(major, user, template);
  // cp and not Node's copy: it keeps owners, and shares the blocks where the file system can.
  await run("cp", ["-a", join(template, "data"), dataDirectory]);
  renewSystemIdentifier(dataDirectory);
  return readFileSync(join(template, "password"), "utf8");
}

/** Named after the program that made it as well: another release may lay a cluster out in another way. */
function templateFolder(major: EmbeddedMajor, user: string): string {
  const initdb = join(postgresHome(major), "bin", "initdb");
  const { size, mtimeMs } = statSync(initdb);
  const made = JSON.stringify([initdb, size, mtimeMs, user, process.getuid?.()]);
  return join(CACHE, `${major}-${createHash("sha256").update(made).digest("hex").slice(0, 12)}`);
}

/** Several processes may build the same one at the same time; the first to be complete stays. */
async function buildTemplate(major: EmbeddedMajor, user: string, template: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const password = randomBytes(12).toString("hex");
  const building = mkdtempSync(join(CACHE, "building-"));
  // Not below the cache: the server's user may be unable to enter the clone.
  const workshop = mkdtempSync(join(tmpdir(), "howdah-initdb-"));
  try {
    chmodSync(workshop, 0o755);
    giveToServer(workshop);
    const dataDirectory = join(workshop, "data");
    await createCluster(postgresHome(major), user, {
      major,
      dataDirectory,
      password,
      settings: { fsync: "off" },
    });
    await run("cp", ["-a", dataDirectory, join(building, "data")]);
    writeFileSync(join(building, "password"), password, { mode: 0o600 });
    renameSync(building, template);
  } catch (error) {
    if (!existsSync(template)) throw error;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
    rmSync(building, { recursive: true, force: true });
  }
}
