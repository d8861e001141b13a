import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "./environment";

/** Another one-time link, as `howdah sign-in` prints it. */
export async function newSignInLink({ dataDirectory }: Environment): Promise<string> {
  const program = join(import.meta.dirname, "..", "dist", "howdah.mjs");
  const env: NodeJS.ProcessEnv = { ...process.env, HOWDAH_DATA_DIR: dataDirectory };
  delete env["DATABASE_URL"];
  const { stdout } = await promisify(execFile)(process.execPath, [program, "sign-in"], { env });
  return stdout.trim();
}
