"use client";

import { useSyncExternalStore } from "react";

/** Whether a media query holds; true on the server. For what styles alone cannot do, such as a cell's span. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", notify);
      return () => list.removeEventListener("change", notify);
    },
    () => window.matchMedia(query).matches,
    () => true,
  );
}
