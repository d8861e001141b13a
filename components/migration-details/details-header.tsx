"use client";

import { LiveIndicator } from "@/components/live/live-indicator";
import type { Live } from "@/components/live/use-live";
import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { Icon } from "@/components/ui/icon";
import { StatusBadge } from "@/components/ui/status-badge";
import { cutoverWish, isRehearsing } from "@/lib/migrations/following";
import { countNoun } from "@/lib/migrations/format-quantity";
import { formatClock } from "@/lib/migrations/format-time";
import { MODE_LABELS, OPTION_LABELS, SOURCE_TYPE_LABELS } from "@/lib/migrations/labels";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { pauseOf, shownStatus, substateLabel } from "@/lib/migrations/status";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { MoreActions } from "./more-actions";
import { ACTION_ICONS, ACTION_LABELS, type OfferedAction, offeredActions } from "./offered-actions";

interface DetailsHeaderProps {
  live: Live<MigrationDetails>;
  renderedAtMs: number;
  mayAct: boolean;
  /** The action whose wish is on its way without a dialog. */
  pending: OfferedAction | null;
  onAction: (action: OfferedAction) => void;
}

/** Name, status and what can be done about it. */
export function DetailsHeader({ live, renderedAtMs, mayAct, pending, onAction }: DetailsHeaderProps) {
  const migration = live.data;
  const offered = mayAct ? offeredActions(migration) : NOTHING_OFFERED;
  const hasButtons = offered.primary !== null || offered.secondary.length > 0;
  const button = (action: OfferedAction, variant: "default" | "primary") => (
    <Button key={action} variant={variant} pending={pending === action} onClick={() => onAction(action)}>
      {pending !== action && <Icon name={ACTION_ICONS[action]} />}
      {ACTION_LABELS[action]}
    </Button>
  );
  return (
    <header className="mb-6 grid gap-x-4 gap-y-1 lg:grid-cols-[minmax(0,1fr)_auto] lg:items-center">
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <h1 tabIndex={-1} className="text-page wrap-anywhere">
          {migration.name}
        </h1>
        <StatusBadge status={shownStatus(migration)} look="tinted" />
        <span className="text-muted">{substateLabel(migration.substate)}</span>
      </div>
      <div className="flex min-w-0 flex-wrap items-center gap-2 max-lg:order-last max-lg:mt-1">
        <LiveIndicator live={live} renderedAtMs={renderedAtMs} />
        <span className="max-lg:ml-auto" />
        <div className={classNames("flex min-w-0 items-start gap-2", hasButtons && "max-sm:w-full")}>
          {hasButtons && (
            <div className="flex min-w-0 grow flex-wrap gap-2 max-sm:[&>button]:grow">
              {offered.secondary.map((action) => button(action, "default"))}
              {offered.primary && button(offered.primary, "primary")}
            </div>
          )}
          <MoreActions migration={migration} actions={offered.menu} onAction={onAction} />
        </div>
      </div>
      <MetaLine migration={migration} />
    </header>
  );
}

const NOTHING_OFFERED: ReturnType<typeof offeredActions> = { primary: null, secondary: [], menu: [] };

/** What was asked for, from the wish until the worker has acted on it; else null. */
function requestedText(migration: MigrationDetails): string | null {
  const { cancelRequestedAt, pauseRequestedAt, online } = migration;
  if (cancelRequestedAt !== null && !isTerminal(migration.state)) {
    return `Cancel requested ${formatClock(cancelRequestedAt)} UTC`;
  }
  if (pauseRequestedAt !== null && pauseOf(migration) === "pausing") {
    return `Pause requested ${formatClock(pauseRequestedAt)} UTC`;
  }
  const cutover = cutoverWish(migration);
  if (cutover !== null) return cutover;
  const rehearsing = isTerminal(migration.state) ? undefined : online?.databases.find(isRehearsing);
  return rehearsing?.rehearsalRequestedAt
    ? `Rehearsal requested ${formatClock(rehearsing.rehearsalRequestedAt)} UTC`
    : null;
}

function MetaLine({ migration }: { migration: MigrationDetails }) {
  const facts = [
    MODE_LABELS[migration.mode],
    OPTION_LABELS[migration.option],
    countNoun(migration.databases.length, "database"),
    ...(migration.attempt > 1 ? [`Attempt ${migration.attempt}`] : []),
  ];
  const requested = requestedText(migration);
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
      {/* Here and not beside the buttons: there it would push the name aside for a moment. */}
      {requested !== null && (
        <li className="font-medium text-off before:mr-2 before:font-normal before:text-muted before:content-['·']">
          {requested}
        </li>
      )}
    </ul>
  );
}
