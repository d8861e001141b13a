"use client";

import { Collapsible } from "radix-ui";
import { useState } from "react";
import { Icon } from "@/components/ui/icon";
import { ProgressBar } from "@/components/ui/progress-bar";
import { StatusBadge } from "@/components/ui/status-badge";
import { formatDuration } from "@/lib/migrations/format-duration";
import {
  countNoun,
  formatBytes,
  formatBytesOf,
  formatCount,
  groupDigits,
} from "@/lib/migrations/format-quantity";
import { elapsedMs } from "@/lib/migrations/format-time";
import type { DatabaseProgress, Problem } from "@/lib/migrations/read-model";
import { databaseLook, databasePercent, type Rest, tableCounts, tableCountsText } from "./database-status";
import { ProblemList } from "./problem-list";
import { TableList } from "./table-list";
import type { TableFilter, TableOrder } from "./use-table-pages";

const SHOWN_PROBLEMS = 8;

interface DatabaseSectionProps {
  migrationId: string;
  /** When the present attempt began. */
  startedAt: string | null;
  database: DatabaseProgress;
  problems: readonly Problem[];
  /** The migration is over, or rests. */
  rest: Rest;
  /** Its tables are followed after their copy. */
  online: boolean;
  defaultOpen: boolean;
  filter: TableFilter;
  onOrder: (order: TableOrder | null) => void;
}

/** One database: how it stands in a line that repeats the columns of the table list below it. */
export function DatabaseSection(props: DatabaseSectionProps) {
  const { database, rest } = props;
  const [open, setOpen] = useState(props.defaultOpen);
  return (
    <Collapsible.Root open={open} onOpenChange={setOpen} className="group/database">
      <h3 className="font-normal">
        <Collapsible.Trigger className="grid w-full grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-y-[3px] px-3 py-[9px] text-left hover:bg-surface focus-visible:-outline-offset-2 group-data-[state=open]/database:bg-surface lg:grid-cols-[28px_minmax(0,1fr)_112px_128px_212px_96px] lg:px-4 xl:grid-cols-[28px_minmax(0,1fr)_112px_112px_440px_96px]">
          <Icon
            name="right"
            className="text-muted transition-[rotate] duration-100 group-data-[state=open]/database:rotate-90"
          />
          <span className="min-w-0 wrap-anywhere">
            <span className="mr-1 font-semibold">{database.name}</span>{" "}
            {database.targetName !== database.name && (
              <span className="mr-1">
                <span aria-hidden="true">→ </span>
                <span className="sr-only">on the target </span>
                {database.targetName}
              </span>
            )}
            {database.filtered && (
              <span className="mr-1 inline-block rounded-xs bg-off-tint px-1 text-caption/4 font-medium text-off">
                filtered
              </span>
            )}
            <span className="text-caption whitespace-nowrap text-muted">{sizeText(database)}</span>
          </span>
          <span className="flex pl-2">
            <StatusBadge status={databaseLook(database, rest)} className="text-table" />
          </span>
          <DatabaseBar database={database} rest={rest} />
          <span className="col-start-2 col-end-4 min-w-0 text-caption text-muted lg:col-auto lg:pl-2">
            {tableCountsText(tableCounts([database]))}
          </span>
          <span className="col-start-2 col-end-4 text-caption text-muted lg:col-auto lg:text-right">
            {timeText(database)}
          </span>
        </Collapsible.Trigger>
      </h3>
      <Collapsible.Content className="border-t border-line">
        <DatabaseBody {...props} />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}

function DatabaseBar({ database, rest }: { database: DatabaseProgress; rest: Rest }) {
  const percent = databasePercent(database);
  return (
    <span className="col-start-2 col-end-4 grid grid-cols-[minmax(48px,1fr)_34px] items-center gap-2 text-table text-muted lg:col-auto lg:px-2">
      <ProgressBar
        value={percent}
        label={database.name}
        valueText={formatBytesOf(database.bytesCopied, database.bytesEstimated)}
        tone={databaseLook(database, rest).tone}
      />
      <span className="text-right">{percent}%</span>
    </span>
  );
}

function DatabaseBody(props: DatabaseSectionProps) {
  const { migrationId, startedAt, database, problems, rest, online, filter, onOrder } = props;
  const ended = rest === "ended";
  const planned =
    database.tablesQueued + database.tablesLoading + database.tablesCompleted + database.tablesErrored;
  return (
    <>
      <p className="px-3 py-2 text-caption text-muted lg:pr-4 lg:pl-11">{extentText(database)}</p>
      {problems.length > 0 && (
        <div className="px-3 pb-1 lg:pr-4 lg:pl-11">
          <ProblemList problems={problems} limit={SHOWN_PROBLEMS} headingLevel={4} />
        </div>
      )}
      {planned > 0 ? (
        <TableList
          migrationId={migrationId}
          startedAt={startedAt}
          database={database.name}
          filter={filter}
          active={!ended}
          online={online}
          onOrder={onOrder}
        />
      ) : (
        <p className="px-3 pb-3 text-table text-muted lg:pl-11">
          {ended ? "No table of this database was reached." : "Tables appear once the schema has been read."}
        </p>
      )}
    </>
  );
}

function sizeText(database: DatabaseProgress): string {
  const bytes = database.sizeBytes ?? database.bytesEstimated;
  return bytes > 0 ? formatBytes(bytes) : "";
}

function extentText(database: DatabaseProgress): string {
  const parts = [
    `${copiedText(database)} copied`,
    `${formatCount(database.rowsCopied)} rows`,
    `${groupDigits(database.indexesDone)} of ${countNoun(database.indexesTotal, "index", "indexes")} built`,
    database.message,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** An estimate is of no use beside the figure it became. */
function copiedText({ state, phase, bytesCopied, bytesEstimated }: DatabaseProgress): string {
  const copied = state === "Succeeded" || phase === "catch-up" || phase === "cutover";
  return copied ? formatBytes(bytesCopied) : formatBytesOf(bytesCopied, bytesEstimated);
}

function timeText(database: DatabaseProgress): string {
  if (database.startedAt === null || database.endedAt === null) return "";
  return formatDuration(elapsedMs(database.startedAt, database.endedAt, 0));
}
