import type { ActivityEvent } from "@/lib/migrations/read-model";

/** The least level shown. */
export type LevelFilter = "warning" | "error";

/** Events of at least the level; all of them for null. */
export function filterLevel(events: readonly ActivityEvent[], least: LevelFilter | null): ActivityEvent[] {
  return events.filter((event) => least === null || event.level === "error" || event.level === least);
}
