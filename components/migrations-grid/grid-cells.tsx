"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useNow } from "@/components/live/use-now";
import { formatDurationBriefly } from "@/lib/migrations/format-duration";
import { formatBytes } from "@/lib/migrations/format-quantity";
import { formatClock, formatDay } from "@/lib/migrations/format-time";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { durationMs, startTime } from "./grid-view";

/** The muted second line of a cell: the detail that explains the fact above it. */
function SecondLine({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <span className="block truncate text-caption/[18px] font-normal text-muted" title={title}>
      {children}
    </span>
  );
}

/** The name is the row's only link; the target is what it leads to. */
export function NameCell({ migration }: { migration: MigrationSummary }) {
  return (
    <>
      <Link
        href={`/migrations/${migration.id}`}
        prefetch={false}
        data-row-link
        title={migration.name}
        className="block truncate hover:text-accent hover:underline max-md:text-body"
      >
        {migration.name}
      </Link>
      <SecondLine title={`Target server ${migration.targetName}, ${migration.targetHost}`}>
        <span className="sr-only">Target </span>→ {migration.targetName}
      </SecondLine>
    </>
  );
}

/** First label of the host, the rest of the address below it. */
export function SourceCell({ migration }: { migration: MigrationSummary }) {
  const { sourceHost, sourcePort } = migration;
  const isName = /[a-z]/i.test(sourceHost) && !sourceHost.includes(":");
  const [first = sourceHost, ...rest] = isName ? sourceHost.split(".") : [sourceHost];
  const below = rest.length > 0 ? `${rest.join(".")}:${sourcePort}` : `port ${sourcePort}`;
  return (
    <>
      <span className="block truncate" title={sourceHost}>
        {first}
      </span>
      <SecondLine title={`${sourceHost}:${sourcePort}`}>{below}</SecondLine>
    </>
  );
}

/** How many, and how large once that is known; the names on hover. */
export function DatabasesCell({ migration }: { migration: MigrationSummary }) {
  return (
    <>
      <span title={migration.databases.join(", ")}>{migration.databases.length}</span>
      {migration.bytesEstimated > 0 && <SecondLine>{formatBytes(migration.bytesEstimated)}</SecondLine>}
    </>
  );
}

/** Counts on while the migration runs. */
export function DurationCell({
  migration,
  renderedAtMs,
}: {
  migration: MigrationSummary;
  renderedAtMs: number;
}) {
  const now = useNow(renderedAtMs);
  const duration = durationMs(migration, now);
  if (duration === null) return <span className="text-muted">Not started</span>;
  return formatDurationBriefly(duration);
}

export function StartCell({ migration }: { migration: MigrationSummary }) {
  const start = startTime(migration);
  return (
    <>
      <time dateTime={start}>{formatClock(start)}</time>
      <SecondLine>{formatDay(start)}</SecondLine>
    </>
  );
}
