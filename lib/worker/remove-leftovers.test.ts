import { existsSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { removeLeftovers } from "./remove-leftovers";

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
