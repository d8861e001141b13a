import Link from "next/link";
import { classNames } from "@/components/ui/class-names";
import { ProgressBar } from "@/components/ui/progress-bar";
import { StatusBadge } from "@/components/ui/status-badge";
import { formatBytesOf } from "@/lib/migrations/format-quantity";
import type { MigrationSummary } from "@/lib/migrations/read-model";
import { shownStatus } from "@/lib/migrations/status";
import { offersCutover, rowPercent, statusLine } from "./status-line";

/** Icon and word, below it the substate; while data is copied a bar between. */
export function StatusCell({ migration }: { migration: MigrationSummary }) {
  const percent = rowPercent(migration);
  const status = shownStatus(migration);
  const line = statusLine(migration);
  return (
    <>
      <span className="flex items-center gap-2">
        <StatusBadge status={status} />
        {percent !== null && <span className="ml-auto text-muted">{percent}%</span>}
      </span>
      {percent !== null && (
        <ProgressBar
          value={percent}
          label={`Progress of ${migration.name}`}
          valueText={`${percent} percent, ${formatBytesOf(migration.bytesCopied, migration.bytesEstimated)}`}
          tone={status.tone}
          className="mt-[5px] mb-[3px]"
        />
      )}
      <span
        className={classNames(
          "text-caption/[18px] text-muted",
          // What went wrong is worth more lines than one; its code stands at the end.
          migration.error === null ? "block truncate" : "line-clamp-3 wrap-anywhere md:line-clamp-2",
        )}
        title={line}
      >
        {line}
      </span>
      {offersCutover(migration) && (
        <Link
          href={`/migrations/${migration.id}?dialog=cutover`}
          prefetch={false}
          aria-label={`Cutover of ${migration.name}`}
          className="link inline-block min-h-6 text-caption/6 font-medium"
        >
          Cutover…
        </Link>
      )}
    </>
  );
}
