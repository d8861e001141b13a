"use client";

import { useSyncExternalStore } from "react";
import { serverNowMs } from "./server-clock";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;
let tick = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  tick = serverNowMs();
  timer ??= setInterval(() => {
    tick = serverNowMs();
    for (const notify of listeners) notify();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/**
 * The server's present in milliseconds since the epoch, once a second. `renderedAtMs` is the time the server rendered
 * with, so that the first paint and hydration agree.
 */
export function useNow(renderedAtMs: number): number {
  return useSyncExternalStore(
    subscribe,
    () => (tick === 0 ? renderedAtMs : tick),
    () => renderedAtMs,
  );
}
