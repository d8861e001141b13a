import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nativeEnvironment } from "@/lib/engine/schema/native-environment";
import { removeLeftovers } from "./remove-leftovers";

it("removes at once what a process left that is gone, and nothing of one that runs", async () => {
  const environment = nativeEnvironment(
    { host: "h", port: 1, user: "u", password: "secret", database: "d", sslMode: "Prefer" },
    17,
    [],
  );
  const mine = environment.variables["HOME"] ?? "";
  const { pid } = spawnSync("true");
  const gone = mine.replace(`-${process.pid}-`, `-${pid}-`);
  try {
    mkdirSync(gone);
    await removeLeftovers();
    expect([mine, gone].map((folder) => existsSync(folder))).toEqual([true, false]);
  } finally {
    environment[Symbol.dispose]();
    rmSync(gone, { recursive: true, force: true });
  }
  expect(existsSync(mine)).toBe(false);
});

it("removes what a killed pg_dump left long ago, and nothing else", async () => {
  const folders = ["howdah-pg-dump-", "howdah-pg-dump-", "howdah-else-"].map((prefix) =>
    mkdtempSync(join(tmpdir(), prefix)),
  );
  const [old = "", fresh = "", other = ""] = folders;
  try {
    const hourAgo = Date.now() / 1_000 - 3_600;
    for (const folder of [old, other]) utimesSync(folder, hourAgo, hourAgo);
    await removeLeftovers();
    expect([old, fresh, other].map((folder) => existsSync(folder))).toEqual([false, true, true]);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
});
