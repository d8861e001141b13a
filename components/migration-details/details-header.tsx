"use client";

import { LiveIndicator } from "@/components/live/live-indicator";
import type { Live } from "@/components/live/use-live";
import { Button } from "@/components/ui/button";
import { StatusBadge } from "@/components/ui/status-badge";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { countNoun } from "@/lib/migrations/format-quantity";
import { formatClock } from "@/lib/migrations/format-time";
import { MODE_LABELS, OPTION_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { migrationStatus, substateLabel } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { MoreActions } from "./more-actions";

interface DetailsHeaderProps {
  live: Live<MigrationDetails>;
  renderedAtMs: number;
  mayAct: boolean;
  onCancel: () => void;
}

/** Name, status and what can be done about it. */
export function DetailsHeader({ live, renderedAtMs, mayAct, onCancel }: DetailsHeaderProps) {
  const migration = live.data;
  const actions = allowedActions(migration);
  return (
    <header className="mb-6 grid gap-x-4 gap-y-1 lg:grid-cols-[minmax(0,1fr)_auto] lg:items-center">
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <h1 tabIndex={-1} className="text-page wrap-anywhere">
          {migration.name}
        </h1>
        <StatusBadge status={migrationStatus(migration.state)} look="tinted" />
        <span className="text-muted">{substateLabel(migration.substate)}</span>
      </div>
      <div className="flex min-w-0 flex-wrap items-center gap-2 max-lg:order-last max-lg:mt-1">
        <LiveIndicator live={live} renderedAtMs={renderedAtMs} />
        <span className="max-lg:ml-auto" />
        <CancelRequested migration={migration} />
        {mayAct && actions.cancel && !actions.confirmOverwrite && <Button onClick={onCancel}>Cancel</Button>}
        <MoreActions migration={migration} />
      </div>
      <MetaLine migration={migration} />
    </header>
  );
}

/** Shown from the wish until the worker has acted on it. */
function CancelRequested({ migration }: { migration: MigrationDetails }) {
  if (migration.cancelRequestedAt === null || isTerminal(migration.state)) return null;
  return (
    <span className="text-table font-medium text-off">
      Cancel requested {formatClock(migration.cancelRequestedAt)} UTC
    </span>
  );
}

function MetaLine({ migration }: { migration: MigrationDetails }) {
  const facts = [
    MODE_LABELS[migration.mode],
    OPTION_LABELS[migration.option],
    countNoun(migration.databases.length, "database"),
  ];
  return (
    <ul className="flex flex-wrap gap-x-2 text-table text-muted lg:col-span-2">
      <li className="min-w-0 wrap-anywhere max-sm:w-full">
        {SOURCE_TYPE_LABELS[migration.sourceType]}, {migration.sourceHost}
        <span className="sr-only"> to </span>
        <span aria-hidden="true"> → </span>
        {migration.targetName}
      </li>
      {facts.map((fact, index) => (
        <li
          key={fact}
          className={
            index === 0 ? "sm:before:mr-2 sm:before:content-['·']" : "before:mr-2 before:content-['·']"
          }
        >
          {fact}
        </li>
      ))}
    </ul>
  );
}
