import { execFile, spawn, spawnSync } from "node:child_process";
import { promisify } from "node:util";

/** The shell's own `times` tells what all its descendants used, which Node.js does not. */
const TIMED = '"$@"; code=$?; echo; times >&2; exit $code';

/**
 * Runs a program to its end. Returns the CPU seconds that it and the programs it waited for used. Throws an Error with the
 * end of what it wrote when it fails.
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn("bash", ["-c", TIMED, "bash", command, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-2_000);
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with code ${code}: ${errors}`);
  return cpuSecondsOf(errors);
}

/** From the last line of `times`: "1m2.345s 0m0.678s", user and system time of all children. */
function cpuSecondsOf(text: string): number {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** First line of `command --version`, or null when it cannot be run. */
export async function versionOf(command: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ["--version"]);
    return (stdout || stderr).split("\n")[0]?.trim() ?? null;
  } catch {
    return null;
  }
}

/** All that a program writes when asked for help. */
export function helpOf(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return stdout + stderr;
}
