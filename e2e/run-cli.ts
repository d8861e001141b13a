import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Environment } from "./environment";

/** The built command line as a process of its own, against the Howdah under test; returns what it printed. Throws when it fails. */
export async function runCli(
  { baseUrl, token }: Environment,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<string> {
  const program = join(import.meta.dirname, "..", "dist", "howdah.mjs");
  const env = {
    ...process.env,
    HOWDAH_URL: baseUrl,
    HOWDAH_TOKEN: token,
    HOWDAH_ARGUMENTS: JSON.stringify(args),
    ...variables,
  };
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, [program], { env }, (error, out, said) => {
      if (error) reject(new Error(`howdah ${args[0]} ended with ${error.code}: ${said}`));
      else resolve(out.trim());
    });
  });
}
