/** What a key, or a sequence of two, does. The sheet lists exactly these. */
export const SHORTCUTS = [
  { keys: ["/"], action: "search", label: "Search on this page" },
  { keys: ["g", "m"], action: "migrations", label: "Go to migrations" },
  { keys: ["g", "s"], action: "servers", label: "Go to servers" },
  { keys: ["g", "a"], action: "activity", label: "Go to activity" },
  { keys: ["c"], action: "create", label: "Create a migration" },
  { keys: ["j"], action: "page", label: "Next row of the list" },
  { keys: ["k"], action: "page", label: "Previous row of the list" },
  { keys: ["?"], action: "help", label: "Show this help" },
] as const;

/** "page" stands for keys that a page handles itself. */
export type ShortcutAction = (typeof SHORTCUTS)[number]["action"];

/** Longest pause between the keys of a sequence, in milliseconds. */
export const SEQUENCE_MS = 1000;

/**
 * What `key` does after `previous` (null when none, or when it was pressed too long ago): an action, "wait" when it may
 * begin a sequence, or null.
 */
export function shortcutFor(previous: string | null, key: string): ShortcutAction | "wait" | null {
  if (previous !== null) {
    const sequence = SHORTCUTS.find(
      ({ keys }) => keys.length === 2 && keys[0] === previous && keys[1] === key,
    );
    if (sequence) return sequence.action;
  }
  const single = SHORTCUTS.find(({ keys }) => keys.length === 1 && keys[0] === key);
  if (single) return single.action;
  return SHORTCUTS.some(({ keys }) => keys.length === 2 && keys[0] === key) ? "wait" : null;
}
