import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { underLoad } from "@/lib/util/testing/under-load";
import { backOffMs } from "./back-off";
import { supervise } from "./supervise";

const NEVER = new AbortController().signal;

/** Supervises a Node program given as text; `pids` are those of its starts. */
function superviseProgram(program: string) {
  const pids: number[] = [];
  const said: string[] = [];
  const supervised = supervise({
    name: "sample",
    start: () => {
      const child = spawn(process.execPath, ["-e", program], { stdio: "ignore" });
      pids.push(child.pid ?? 0);
      return child;
    },
    say: (line) => said.push(line),
  });
  return { supervised, pids, said };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 20_000) throw new Error("the condition did not come true");
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a killed process is started again, and none is left after stop", async () => {
  const { supervised, pids, said } = superviseProgram("setInterval(() => {}, 1000)");
  process.kill(pids[0] ?? 0, "SIGKILL");
  await until(() => pids.length === 2);
  expect(said).toEqual([expect.stringContaining("SIGKILL")]);
  await supervised.stop(5_000, NEVER);
  expect(pids.some(isAlive)).toBe(false);
  await sleep(400);
  expect(pids).toHaveLength(2);
});

test("one that ends at once is tried again with growing pauses", async () => {
  const { supervised, pids, said } = superviseProgram("process.exit(7)");
  await until(() => pids.length === 3);
  await supervised.stop(5_000, NEVER);
  expect(said[0]).toContain("code 7");
  expect(said[0]).toContain("0.25 s");
  expect(said[1]).toContain("0.5 s");
});

test("one that ignores SIGTERM is killed after its grace, or at once when forced", async () => {
  const stubborn =
    "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); require('fs').writeSync(1, '')";
  for (const forced of [NEVER, AbortSignal.timeout(700)]) {
    const { supervised, pids } = superviseProgram(stubborn);
    await sleep(500);
    const startedAt = Date.now();
    await supervised.stop(forced === NEVER ? 300 : 60_000, forced);
    expect(Date.now() - startedAt).toBeLessThan(underLoad(10_000));
    expect(pids.some(isAlive)).toBe(false);
  }
});

test("the pause between starts stays bounded", () => {
  expect([0, 1, 2, 20].map(backOffMs)).toEqual([250, 500, 1000, 30_000]);
});
