import { choosePgDump, findPgDumps } from "../find-pg-dump";

/** The tools of this machine that read a server of `major`: the built-in one always, an installed one where there is one. */
export async function installedTools(major: number): Promise<("native" | "wasm")[]> {
  const found = choosePgDump(await findPgDumps(process.env, AbortSignal.timeout(30_000)), major);
  return found ? ["native", "wasm"] : ["wasm"];
}
