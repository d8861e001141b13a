import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Move, MoveCost } from "./movers";

export type HowdahAnswer = { ready: true } | { cost: MoveCost } | { error: string };

/** Within node_modules, so that the packages the engine needs are found from there. */
const CHILD = fileURLToPath(new URL("../node_modules/.cache/howdah-bench/howdah-child.mjs", import.meta.url));

/** Bundles the child as the product's programs are bundled: run from its sources it would take more memory. */
export async function bundleHowdah(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("howdah-child.ts", import.meta.url))],
    outfile: CHILD,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    logLevel: "warning",
  });
}

/**
 * Moves in a process of its own, as a worker does. A worker is already running when a migration begins, so the time
 * counts from when the process is ready.
 */
export async function startHowdah(move: Move): Promise<MoveCost> {
  const child = fork(CHILD, { execArgv: [] });
  try {
    return await new Promise<MoveCost>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the engine's process ended with code ${code}`)));
      child.on("message", (answer: HowdahAnswer) => {
        // Over the channel, not in arguments or environment: the settings hold passwords.
        if ("ready" in answer) child.send(move);
        else if ("cost" in answer) resolve(answer.cost);
        else reject(new Error(answer.error));
      });
    });
  } finally {
    child.disconnect();
  }
}
