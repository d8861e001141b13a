"use client";

import { useDeferredValue, useState } from "react";
import { FilterSelect } from "@/components/migrations-grid/filter-select";
import { EmptyState } from "@/components/ui/empty-state";
import { SearchInput } from "@/components/ui/input";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { pauseOf, tableStatus } from "@/lib/migrations/status";
import { isTerminal, TABLE_STATES, type TableState } from "@/lib/migrations/vocabulary";
import { DatabaseSection } from "./database-section";
import { orderDatabases, tableCounts, tableCountsText } from "./database-status";
import { FollowSection } from "./follow-section";
import { SortSelect } from "./sort-select";
import { TimingsSection } from "./timings-section";
import { useDebounced } from "./use-debounced";
import type { TableFilter, TableOrder } from "./use-table-pages";

const STATES = TABLE_STATES.map((value) => ({ value, label: tableStatus(value).label }));
const SEARCH_PAUSE_MS = 250;

/** Databases and their tables, trouble first. */
export function MigrationTab({ migration }: { migration: MigrationDetails }) {
  const [search, setSearch] = useState("");
  const [state, setState] = useState<TableState | null>(null);
  const [sort, setSort] = useState<TableOrder | null>(null);
  const filter: TableFilter = useDeferredValue({
    search: useDebounced(search.trim(), SEARCH_PAUSE_MS),
    state,
    sort,
  });
  const ended = isTerminal(migration.state);
  const rest = ended ? "ended" : pauseOf(migration) === "paused" ? "paused" : null;
  if (migration.option === "Validate") {
    return (
      <EmptyState
        icon="table"
        title="Nothing is migrated"
        description="This migration only validates. Create one with the option Validate and migrate to move the databases."
      />
    );
  }
  const databases = orderDatabases(migration.databaseProgress);
  return (
    <>
      <FollowSection migration={migration} />
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="font-semibold">Databases</h2>
        <span className="text-caption text-muted">{tableCountsText(tableCounts(databases))}</span>
        <div className="flex flex-wrap gap-2 max-md:w-full md:ml-auto">
          <SearchInput
            label="Find a table"
            placeholder="Find a table"
            shortcut="/"
            data-page-search
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className="min-w-0 grow basis-56 md:w-56"
          />
          <FilterSelect label="Status" value={state} options={STATES} onChange={setState} />
          <SortSelect order={sort} online={migration.mode === "Online"} onOrder={setSort} />
        </div>
      </div>
      <div className="divide-y divide-line rounded-md border border-line">
        {databases.map((database, index) => (
          <DatabaseSection
            key={database.name}
            migrationId={migration.id}
            startedAt={migration.startedAt}
            database={database}
            problems={migration.problems.filter((problem) => problem.database === database.name)}
            rest={rest}
            online={migration.mode === "Online"}
            defaultOpen={opensAtFirst(database, index)}
            filter={filter}
            onOrder={setSort}
          />
        ))}
      </div>
      <TimingsSection migrationId={migration.id} active={!ended} />
    </>
  );
}

/** Open what needs a look: the first database, and any that failed. */
function opensAtFirst(database: MigrationDetails["databaseProgress"][number], index: number): boolean {
  return index === 0 || database.state === "Failed" || database.tablesErrored > 0;
}
