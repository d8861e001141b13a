"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { formatGridView, type GridView, parseGridView } from "./grid-view";

/** The view in the URL, and a way to change it that adds no history entry and asks the server nothing. */
export function useGridView(): [GridView, (view: GridView) => void] {
  const query = useSearchParams();
  const view = useMemo(() => parseGridView(new URLSearchParams(query)), [query]);
  const setView = useCallback((next: GridView) => {
    const text = formatGridView(next);
    window.history.replaceState(null, "", text === "" ? "/" : `/?${text}`);
  }, []);
  return [view, setView];
}
