import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { EMBEDDED_MAJORS, type EmbeddedMajor } from "@/lib/embedded/binaries";
import { findPgDumps } from "../schema/find-pg-dump";

/** A server that the machine has, built with what those of the npm packages are built without. */
export interface InstalledServer {
  home: string;
  major: EmbeddedMajor;
}

/** The newest server programs beside the machine's pg_dumps; null when only clients are installed, or nothing. */
export async function findInstalledServer(): Promise<InstalledServer | null> {
  for (const found of await findPgDumps(process.env, new AbortController().signal)) {
    const home = dirname(dirname(found.path));
    const major = EMBEDDED_MAJORS.find((one) => one === found.major);
    const isComplete = ["postgres", "initdb"].every((program) => existsSync(join(home, "bin", program)));
    if (major && isComplete) return { home, major };
  }
  return null;
}
