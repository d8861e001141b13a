import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { choosePgDump, findPgDumps } from "./find-pg-dump";

const signal = AbortSignal.timeout(30_000);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "howdah-find-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program that answers --version as given. */
function install(folder: string, answer: string, name = "pg_dump"): string {
  const path = join(root, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), `#!/bin/sh\n${answer}\n`);
  chmodSync(join(path, name), 0o755);
  return path;
}

function find(environment: Record<string, string>) {
  return findPgDumps({ NODE_ENV: "test", ...environment }, signal);
}

test("finds the newest first and takes HOWDAH_PG_BIN before all", async () => {
  const chosen = install("chosen", "echo 'pg_dump (PostgreSQL) 13.4'");
  const old = install("old", "echo 'pg_dump (PostgreSQL) 16.9 (Debian 16.9-1)'");
  const newest = install("newest", "echo 'pg_dump (PostgreSQL) 99.10'");
  const devel = install("devel", "echo 'pg_dump (PostgreSQL) 98beta1'");
  const found = await find({ HOWDAH_PG_BIN: chosen, PATH: [old, newest, devel].join(":") });
  const ours = found.filter((one) => one.path.startsWith(root));
  expect(ours.map((one) => one.version)).toEqual(["13.4", "99.10", "98", "16.9"]);
  expect(choosePgDump(ours, 12)?.path).toBe(join(chosen, "pg_dump"));
  expect(choosePgDump(ours, 15)?.major).toBe(99);
  expect(choosePgDump(ours, 100)).toBeNull();
});

test("passes over what is no pg_dump: broken, silent, missing, or Debian's wrapper", async () => {
  const broken = install("broken", "exit 1");
  const other = install("other", "echo 'psql (PostgreSQL) 18.1'");
  const wrapped = install("wrapped", "echo 'pg_dump (PostgreSQL) 97.1'", "pg_wrapper");
  symlinkSync(join(wrapped, "pg_wrapper"), join(wrapped, "pg_dump"));
  const found = await find({ PATH: [broken, other, wrapped, join(root, "missing"), ""].join(":") });
  expect(found.filter((one) => one.path.startsWith(root))).toEqual([]);
});

test("stops when aborted", async () => {
  const folder = install("one", "echo 'pg_dump (PostgreSQL) 97.1'");
  await expect(findPgDumps({ NODE_ENV: "test", PATH: folder }, AbortSignal.abort())).rejects.toThrow(
    /abort/i,
  );
});
