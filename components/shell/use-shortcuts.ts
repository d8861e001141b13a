"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import { SEQUENCE_MS, type ShortcutAction, shortcutFor } from "./shortcuts";

const STORAGE_KEY = "howdah-shortcuts";
const TYPING =
  "input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=listbox], [role=menu]";

export interface Shortcuts {
  enabled: boolean;
  setEnabled: (enabled: boolean) => void;
}

/**
 * Handles the keys that work on every page. They can be turned off, as single-key shortcuts must be (WCAG 2.1.4); pages
 * with keys of their own look at `data-shortcuts="off"` on the root element.
 */
export function useShortcuts(showHelp: () => void): Shortcuts {
  const router = useRouter();
  const [enabled, setEnabledState] = useState(true);
  const previous = useRef<{ key: string; at: number } | null>(null);

  useEffect(() => setEnabledState(localStorage.getItem(STORAGE_KEY) !== "off"), []);
  useEffect(() => {
    document.documentElement.dataset["shortcuts"] = enabled ? "on" : "off";
  }, [enabled]);

  const setEnabled = useCallback((next: boolean) => {
    localStorage.setItem(STORAGE_KEY, next ? "on" : "off");
    setEnabledState(next);
  }, []);

  const run = useCallback(
    (action: ShortcutAction): boolean => {
      if (action === "search") return focusSearch();
      if (action === "help") showHelp();
      else if (action === "create") router.push("/migrations/new");
      else if (action === "migrations") router.push("/");
      else if (action === "servers" || action === "activity") router.push(`/${action}`);
      else return false;
      return true;
    },
    [router, showHelp],
  );

  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TYPING)) return;
      const last = previous.current;
      const now = performance.now();
      const action = shortcutFor(last && now - last.at < SEQUENCE_MS ? last.key : null, event.key);
      previous.current = action === "wait" ? { key: event.key, at: now } : null;
      if (action && action !== "wait" && run(action)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [enabled, run]);

  return { enabled, setEnabled };
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>("[data-page-search]");
  field?.focus();
  return field !== null;
}
