"use client";

import { useMemo, useRef } from "react";
import { AnnouncerRegion } from "@/components/live/announcer-region";
import { useLive } from "@/components/live/use-live";
import type { MigrationList } from "@/lib/migrations/read-model";
import { shownStatus } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { GridEmpty, GridFilteredEmpty } from "./grid-empty";
import { GridTable } from "./grid-table";
import { GridToolbar } from "./grid-toolbar";
import { DEFAULT_VIEW, selectRows } from "./grid-view";
import { NoWorkerNote } from "./no-worker-note";
import { countLine, rowPercent, statusWords } from "./status-line";
import { useGridView } from "./use-grid-view";
import { useRowKeys } from "./use-row-keys";

interface MigrationsGridProps {
  initial: MigrationList;
  /** Milliseconds since the epoch when the server read `initial`. */
  renderedAtMs: number;
}

/** All migrations: rendered by the server, then kept up to date. */
export function MigrationsGrid({ initial, renderedAtMs }: MigrationsGridProps) {
  const live = useLive({ url: "/api/migrations", initial, initialAt: renderedAtMs, isActive: hasActive });
  const [view, setView] = useGridView();
  const { migrations, workersOnline } = live.data;
  const rows = useMemo(
    () => selectRows(migrations, view, live.updatedAt),
    [migrations, view, live.updatedAt],
  );
  const subjects = useMemo(() => migrations.map(announced), [migrations]);
  const tableRef = useRef<HTMLTableElement>(null);
  useRowKeys(tableRef);
  const some = migrations.length > 0;
  return (
    <>
      <GridToolbar live={live} renderedAtMs={renderedAtMs} view={view} onView={setView} filters={some} />
      <AnnouncerRegion subjects={subjects} />
      {!some && <GridEmpty />}
      {some && workersOnline === 0 && <NoWorkerNote />}
      {some && rows.length === 0 && (
        <GridFilteredEmpty
          total={migrations.length}
          onClear={() => setView({ ...DEFAULT_VIEW, sort: view.sort, descending: view.descending })}
        />
      )}
      {rows.length > 0 && (
        <GridTable
          rows={rows}
          view={view}
          onView={setView}
          renderedAtMs={renderedAtMs}
          refreshing={live.refreshing}
          tableRef={tableRef}
        />
      )}
      {some && <p className="py-2.5 text-caption text-muted md:px-3">{countLine(migrations, rows.length)}</p>}
    </>
  );
}

function hasActive(list: MigrationList): boolean {
  return list.migrations.some((migration) => !isTerminal(migration.state));
}

function announced(migration: MigrationList["migrations"][number]) {
  const status = statusWords(migration, shownStatus(migration).label);
  return { key: migration.id, name: migration.name, status, percent: rowPercent(migration) };
}
