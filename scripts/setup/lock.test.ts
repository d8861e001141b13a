import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const MODULE = pathToFileURL(join(import.meta.dirname, "lock.mjs")).href;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "howdah-lock-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A process that runs `critical` under the lock and tells on stdout when it has to wait. */
function holder(critical: string): string[] {
  const program = `
    import { appendFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { withLock } from ${JSON.stringify(MODULE)};
    const note = (text) => appendFileSync("notes", text + "\\n");
    await withLock("lock", async () => { ${critical} }, () => console.log("waits"));`;
  return ["--input-type=module", "--eval", program];
}

function run(critical: string) {
  return promisify(execFile)(process.execPath, holder(critical), { cwd: folder });
}

it("processes that want the same run after each other", async () => {
  const critical = "note('begin ' + process.pid); await sleep(400); note('end ' + process.pid);";
  const results = await Promise.all([run(critical), run(critical), run(critical)]);
  expect(results.filter(({ stdout }) => stdout === "waits\n").length).toBeGreaterThanOrEqual(2);
  const notes = readFileSync(join(folder, "notes"), "utf8").trimEnd().split("\n");
  expect(notes).toHaveLength(6);
  for (let index = 0; index < notes.length; index += 2) {
    expect(notes[index + 1]).toBe(notes[index]?.replace("begin", "end"));
  }
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

it("what a killed process left holds nobody back, and a failure gives the lock back", async () => {
  const killed = spawn(process.execPath, holder("console.log('held'); await sleep(60_000);"), {
    cwd: folder,
  });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(existsSync(join(folder, "lock"))).toBe(true);
  await expect(run("throw new Error('build failed')")).rejects.toThrow("build failed");
  expect(existsSync(join(folder, "lock"))).toBe(false);
});
