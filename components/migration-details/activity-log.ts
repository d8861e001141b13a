import type { ActivityEvent } from "@/lib/migrations/read-model";

/** Events a page of the log holds; also what one poll fetches. */
export const EVENTS_PER_PAGE = 50;

export type LevelFilter = "all" | "warning" | "error";

/**
 * The log after a poll of its newest page, newest first. When more happened since the last poll than a page holds, the
 * older events are let go: they can be loaded again, while a hole would go unseen.
 */
export function mergeNewest(
  known: readonly ActivityEvent[],
  newest: readonly ActivityEvent[],
  pageSize = EVENTS_PER_PAGE,
): ActivityEvent[] {
  const oldest = newest.at(-1);
  if (!oldest) return [...known];
  const ids = new Set(newest.map((event) => event.id));
  const meets = newest.length < pageSize || known.some((event) => ids.has(event.id));
  return meets ? [...newest, ...known.filter((event) => isOlder(event.id, oldest.id))] : [...newest];
}

/** The log with an older page at its end. */
export function appendOlder(
  known: readonly ActivityEvent[],
  older: readonly ActivityEvent[],
): ActivityEvent[] {
  const last = known.at(-1);
  return last ? [...known, ...older.filter((event) => isOlder(event.id, last.id))] : [...older];
}

/** Events of at least the level. */
export function filterLevel(events: readonly ActivityEvent[], filter: LevelFilter): ActivityEvent[] {
  if (filter === "all") return [...events];
  return events.filter((event) => event.level === "error" || event.level === filter);
}

/** Ids are decimal strings that may exceed what a number holds exactly. */
function isOlder(id: string, than: string): boolean {
  return id.length === than.length ? id < than : id.length < than.length;
}
