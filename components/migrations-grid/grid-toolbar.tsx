"use client";

import Link from "next/link";
import { LiveIndicator } from "@/components/live/live-indicator";
import type { Live } from "@/components/live/use-live";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { SearchInput } from "@/components/ui/input";
import { MODE_LABELS } from "@/lib/migrations/labels";
import { migrationStatus, PAUSED } from "@/lib/migrations/status";
import { MIGRATION_MODES } from "@/lib/migrations/vocabulary";
import { FilterSelect } from "./filter-select";
import { type GridView, STATUS_FILTERS } from "./grid-view";

interface GridToolbarProps {
  live: Live<object>;
  renderedAtMs: number;
  view: GridView;
  onView: (view: GridView) => void;
  /** False on an empty installation: the one action stands in the middle of the page. */
  filters: boolean;
}

const STATES = STATUS_FILTERS.map((value) => ({
  value,
  label: value === "Paused" ? PAUSED.label : migrationStatus(value).label,
}));
const MODES = MIGRATION_MODES.map((value) => ({ value, label: MODE_LABELS[value] }));

/** Create, refresh and freshness to the left; what is shown to the right. */
export function GridToolbar({ live, renderedAtMs, view, onView, filters }: GridToolbarProps) {
  return (
    <div className="mt-4 mb-3 flex flex-wrap items-center gap-2">
      {filters && (
        <Button asChild variant="primary">
          <Link href="/migrations/new" aria-keyshortcuts="c">
            <Icon name="plus" />
            Create migration
          </Link>
        </Button>
      )}
      <Button onClick={live.refresh} aria-label="Refresh">
        <Icon name="refresh" className={live.refreshing ? "animate-turn" : ""} />
        <span className="max-sm:hidden">Refresh</span>
      </Button>
      <LiveIndicator live={live} renderedAtMs={renderedAtMs} />
      {filters && (
        <div className="flex w-full flex-wrap gap-2 lg:ml-auto lg:w-auto">
          <SearchInput
            label="Search migrations"
            placeholder="Name, server or database"
            shortcut="/"
            data-page-search
            value={view.search}
            onChange={(event) => onView({ ...view, search: event.target.value })}
            className="w-full sm:w-60"
          />
          <FilterSelect
            label="Status"
            value={view.status}
            options={STATES}
            onChange={(status) => onView({ ...view, status })}
          />
          <FilterSelect
            label="Mode"
            value={view.mode}
            options={MODES}
            onChange={(mode) => onView({ ...view, mode })}
          />
        </div>
      )}
    </div>
  );
}
