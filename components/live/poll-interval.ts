/** Between two polls while something moves and someone looks, in milliseconds. */
export const ACTIVE_INTERVAL_MS = 2_000;
/** Otherwise: nothing active, or the tab is in the background. */
export const IDLE_INTERVAL_MS = 15_000;

/** Milliseconds until the next poll, or false for none. */
export function pollIntervalMs(situation: {
  active: boolean;
  visible: boolean;
  paused: boolean;
}): number | false {
  if (situation.paused) return false;
  return situation.active && situation.visible ? ACTIVE_INTERVAL_MS : IDLE_INTERVAL_MS;
}

export type LiveState = "live" | "paused" | "retrying";

/** What the live indicator says; the last values stay on screen in every case. */
export function liveState(situation: { paused: boolean; failed: boolean }): LiveState {
  if (situation.paused) return "paused";
  return situation.failed ? "retrying" : "live";
}
