import { bundleChild, runInChild } from "./child";
import type { Move, MoveCost } from "./movers";

const CHILD = "howdah-child";

/** To be called once, before the first move. */
export async function bundleHowdah(): Promise<void> {
  await bundleChild(CHILD);
}

/**
 * Moves in a process of its own, as a worker does. A worker is already running when a migration begins, so the time
 * counts from when the process is ready.
 */
export async function startHowdah(move: Move): Promise<MoveCost> {
  return await runInChild<Move, MoveCost>(CHILD, move);
}
