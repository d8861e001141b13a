import { elapsedMs } from "@/lib/migrations/format-time";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { pauseOf } from "@/lib/migrations/status";
import {
  MIGRATION_MODES,
  MIGRATION_STATES,
  type MigrationMode,
  type MigrationState,
} from "@/lib/migrations/vocabulary";

/** What a row can be filtered by: ARM's states, and the pause that ARM has no state for. */
export const STATUS_FILTERS = [...MIGRATION_STATES, "Paused"] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

export const SORT_COLUMNS = ["name", "status", "source", "databases", "duration", "start"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** Everything a person can set on the grid; the URL holds it, so a view can be sent and survives a reload. */
export interface GridView {
  search: string;
  status: StatusFilter | null;
  mode: MigrationMode | null;
  sort: SortColumn;
  descending: boolean;
}

export const DEFAULT_VIEW: GridView = {
  search: "",
  status: null,
  mode: null,
  sort: "start",
  descending: true,
};

/** The view a query string describes; unknown words fall back to the default. */
export function parseGridView(query: URLSearchParams): GridView {
  const sort = query.get("sort") ?? "";
  const descending = sort.startsWith("-");
  const column = SORT_COLUMNS.find((name) => name === sort.replace(/^-/, ""));
  return {
    search: query.get("q") ?? "",
    status: STATUS_FILTERS.find((status) => status === query.get("status")) ?? null,
    mode: MIGRATION_MODES.find((mode) => mode === query.get("mode")) ?? null,
    sort: column ?? DEFAULT_VIEW.sort,
    descending: column ? descending : DEFAULT_VIEW.descending,
  };
}

/** Query string of a view without its "?"; empty for the default view. */
export function formatGridView(view: GridView): string {
  const query = new URLSearchParams();
  if (view.search !== "") query.set("q", view.search);
  if (view.status) query.set("status", view.status);
  if (view.mode) query.set("mode", view.mode);
  if (view.sort !== DEFAULT_VIEW.sort || view.descending !== DEFAULT_VIEW.descending) {
    query.set("sort", `${view.descending ? "-" : ""}${view.sort}`);
  }
  return query.toString();
}

/** The view after a click on a column's header: the other direction, or the column's natural first one. */
export function toggleSort(view: GridView, column: SortColumn): GridView {
  if (view.sort === column) return { ...view, descending: !view.descending };
  const largestFirst = column === "start" || column === "duration" || column === "databases";
  return { ...view, sort: column, descending: largestFirst };
}

/** The rows of a view in its order. `nowMs` ends the duration of what still runs. */
export function selectRows(
  migrations: readonly MigrationSummary[],
  view: GridView,
  nowMs: number,
): MigrationSummary[] {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = migrations.filter(
    (migration) =>
      (view.status === null || shownAs(migration) === view.status) &&
      (view.mode === null || migration.mode === view.mode) &&
      matches(migration, words),
  );
  const direction = view.descending ? -1 : 1;
  return rows.sort(
    (a, b) => direction * compare(a, b, view.sort, nowMs) || newestFirst(a, b) || (a.id < b.id ? -1 : 1),
  );
}

/** The filter that finds a migration: as its status cell shows it. */
function shownAs(migration: MigrationSummary): StatusFilter {
  return pauseOf(migration) === null ? migration.state : "Paused";
}

/** Milliseconds a migration has taken so far; null until it was begun. */
export function durationMs(migration: MigrationSummary, nowMs: number): number | null {
  return migration.startedAt === null ? null : elapsedMs(migration.startedAt, migration.endedAt, nowMs);
}

/** The time the Start time column shows: when it was begun, else when it was created. */
export function startTime(migration: MigrationSummary): string {
  return migration.startedAt ?? migration.createdAt;
}

function matches(migration: MigrationSummary, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [
    migration.name,
    migration.sourceHost,
    migration.targetName,
    migration.targetHost,
    ...migration.databases,
  ]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function compare(a: MigrationSummary, b: MigrationSummary, column: SortColumn, nowMs: number): number {
  switch (column) {
    case "name":
      return a.name.localeCompare(b.name, "en", { numeric: true });
    case "status":
      return STATUS_ORDER[a.state] - STATUS_ORDER[b.state];
    case "source":
      return a.sourceHost.localeCompare(b.sourceHost, "en", { numeric: true });
    case "databases":
      return a.databases.length - b.databases.length || a.bytesEstimated - b.bytesEstimated;
    case "duration":
      return (durationMs(a, nowMs) ?? -1) - (durationMs(b, nowMs) ?? -1);
    case "start":
      return Date.parse(startTime(a)) - Date.parse(startTime(b));
  }
}

function newestFirst(a: MigrationSummary, b: MigrationSummary): number {
  return Date.parse(startTime(b)) - Date.parse(startTime(a));
}

/** What needs a person comes first, what is over comes last. */
const STATUS_ORDER: Record<MigrationState, number> = {
  WaitingForUserAction: 0,
  Failed: 1,
  ValidationFailed: 2,
  InProgress: 3,
  CleaningUp: 4,
  Canceled: 5,
  Succeeded: 6,
};
