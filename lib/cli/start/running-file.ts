import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const running = z.object({
  origin: z.url(),
  pid: z.int(),
  /** SHA-256 of the certificate it serves https with. */
  fingerprint: z.string().optional(),
});

/** Where the dashboard of a data directory can be reached, and the process that keeps it up. */
export type Running = z.infer<typeof running>;

function runningFile(folder: string): string {
  return join(folder, "running.json");
}

/** Notes where the dashboard runs, for `howdah sign-in` and for the message of a second start. */
export function writeRunning(folder: string, state: Running): void {
  writeFileSync(runningFile(folder), `${JSON.stringify(state)}\n`, { mode: 0o600 });
}

/** The note of a launcher that lives; null when there is none. */
export function readRunning(folder: string): Running | null {
  try {
    const state = running.parse(JSON.parse(readFileSync(runningFile(folder), "utf8")));
    process.kill(state.pid, 0);
    return state;
  } catch {
    return null;
  }
}

export function removeRunning(folder: string): void {
  rmSync(runningFile(folder), { force: true });
}
