"use client";

import { useLog } from "@/components/live/use-log";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import type { AuditEvent } from "@/lib/migrations/access";
import { countNoun, groupDigits } from "@/lib/migrations/format-quantity";
import { AuditTable } from "./audit-table";

/** Who did what, when and from where; newest first. */
export function AuditLog() {
  const log = useLog<AuditEvent>("/api/audit-events", false);
  if (log.total === null) {
    return log.failed ? (
      <p className="mt-4 text-warn">The audit log could not be read; trying again.</p>
    ) : (
      <Skeleton className="mt-4 h-80" />
    );
  }
  if (log.total === 0) {
    return (
      <EmptyState
        icon="activity"
        title="Nothing has happened yet"
        description="Every sign-in, connection test and change of a migration or server is listed here."
      />
    );
  }
  return (
    <>
      <p className="mt-1 mb-3 text-caption text-muted">
        {log.entries.length < log.total && `${groupDigits(log.entries.length)} of `}
        {countNoun(log.total, "event")}, newest first, times in UTC
      </p>
      <AuditTable events={log.entries} />
      {log.hasMore && (
        <Button className="mt-3" pending={log.loadingMore} onClick={log.loadMore}>
          Load older events
        </Button>
      )}
      {log.failed && (
        <p className="mt-2 text-table text-warn">The log could not be refreshed; trying again.</p>
      )}
    </>
  );
}
