import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Move, MoveCost } from "./movers";

export type HowdahAnswer = { ready: true } | { cost: MoveCost } | { error: string };

/**
 * Moves in a process of its own, as a worker does. A worker is already running when a migration begins, so the time
 * counts from when the process is ready.
 */
export async function startHowdah(move: Move): Promise<MoveCost> {
  const child = fork(fileURLToPath(new URL("howdah-child.ts", import.meta.url)), {
    execArgv: process.execArgv,
  });
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
