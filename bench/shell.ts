import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program to its end. Throws an Error with the end of what it wrote when it fails. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-2_000);
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with code ${code}: ${errors}`);
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
