import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./harness";

/** Pids of the launcher's children whose command line matches. */
function childrenOf(launcher: number, title: RegExp): number[] {
  return execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === launcher && title.test(match[3] ?? ""))
    .map((match) => Number(match?.[1]));
}

function launcherPid(dataDirectory: string): number {
  const { pid } = JSON.parse(readFileSync(join(dataDirectory, "running.json"), "utf8")) as { pid: number };
  return pid;
}

test("a killed worker and a killed web server are started again", async ({ api, environment }) => {
  const launcher = launcherPid(environment.dataDirectory);
  for (const title of [/howdah worker/, /next/]) {
    const [before] = childrenOf(launcher, title);
    expect(before, `a child like ${title}`).toBeGreaterThan(1);
    process.kill(before ?? 0, "SIGKILL");
    await expect
      .poll(() => childrenOf(launcher, title).filter((pid) => pid !== before), { timeout: 20_000 })
      .toHaveLength(1);
  }
  await expect
    .poll(async () => (await api.get("/api/health").catch(() => null))?.status(), { timeout: 20_000 })
    .toBe(200);
  await expect
    .poll(async () => (await (await api.get("/api/migrations")).json()).workersOnline, { timeout: 20_000 })
    .toBeGreaterThan(0);
});

test("no process shows a password or a token in its arguments", async ({ environment }) => {
  const processes = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" });
  for (const secret of [environment.source.password, environment.target.password, environment.token]) {
    expect(processes).not.toContain(secret);
  }
  const { password } = JSON.parse(readFileSync(join(environment.dataDirectory, "store.json"), "utf8"));
  expect(processes).not.toContain(password);
});
