"use client";

import { useState } from "react";
import { type Log, useLog } from "@/components/live/use-log";
import { FilterSelect } from "@/components/migrations-grid/filter-select";
import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuItem } from "@/components/ui/dropdown-menu";
import { EmptyState } from "@/components/ui/empty-state";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { countNoun, groupDigits } from "@/lib/migrations/format-quantity";
import type { ActivityEvent, MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { filterLevel, type LevelFilter } from "./event-levels";
import { EventList } from "./event-list";

const LEVELS: { value: LevelFilter; label: string }[] = [
  { value: "warning", label: "Warnings and errors" },
  { value: "error", label: "Errors" },
];

/** Everything that happened, newest first. */
export function ActivityTab({ migration }: { migration: MigrationDetails }) {
  const address = `/api/migrations/${migration.id}/events`;
  const log = useLog<ActivityEvent>(address, !isTerminal(migration.state));
  const [level, setLevel] = useState<LevelFilter | null>(null);
  const shown = filterLevel(log.entries, level);
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="font-semibold">Activity log</h2>
        <span className="text-caption text-muted">{extent(log)}</span>
        <div className="ml-auto flex flex-wrap gap-2">
          <FilterSelect label="Level" value={level} options={LEVELS} onChange={setLevel} />
          <DownloadLog id={migration.id} />
        </div>
      </div>
      {log.total === null && !log.failed && <Skeleton className="h-40" />}
      {shown.length > 0 && <EventList events={shown} />}
      {log.entries.length > 0 && shown.length === 0 && (
        <EmptyState
          icon="search"
          title="Nothing of this level"
          description={
            log.hasMore ? "Older events have not been loaded yet." : "No event of this migration has it."
          }
          actions={<Button onClick={() => setLevel(null)}>Show all levels</Button>}
        />
      )}
      {log.hasMore && (
        <Button className="mt-3" pending={log.loadingMore} onClick={log.loadMore}>
          Load older events
        </Button>
      )}
      {log.failed && <p className="mt-2 text-table text-warn">The log could not be read; trying again.</p>}
    </>
  );
}

const FORMATS = [
  { format: "text", label: "Text, to read" },
  { format: "jsonl", label: "JSON lines, for programs" },
] as const;

/** The whole log as a file: the list leaves out single tables and indexes. */
function DownloadLog({ id }: { id: string }) {
  return (
    <DropdownMenu
      trigger={
        <Button>
          <Icon name="download" />
          Download log
        </Button>
      }
    >
      {FORMATS.map(({ format, label }) => (
        <MenuItem key={format} asChild>
          <a href={`/api/migrations/${id}/log?format=${format}`} download>
            {label}
          </a>
        </MenuItem>
      ))}
    </DropdownMenu>
  );
}

function extent({ entries, total }: Log<ActivityEvent>): string {
  if (total === null) return "";
  const loaded = entries.length < total ? `${groupDigits(entries.length)} of ` : "";
  return `${loaded}${countNoun(total, "event")}, times in UTC`;
}
