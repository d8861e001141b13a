import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import { CopyButton } from "@/components/ui/copy-button";
import { Icon } from "@/components/ui/icon";
import { TONE_TEXT } from "@/components/ui/status-badge";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { migrationStatus } from "@/lib/migrations/status";
import { failureSummary } from "./failure-summary";

/** How a migration ended without success: what failed, what was not harmed, what to do, and what to quote. */
export function FailurePanel({ migration }: { migration: MigrationDetails }) {
  const summary = failureSummary(migration);
  if (!summary) return null;
  const status = migrationStatus(migration.state);
  const quote = `${summary.code ?? migration.state} · ${migration.id}`;
  return (
    <section
      aria-label={status.label}
      className={classNames(
        "relative mt-6 overflow-hidden rounded-md border border-line px-4 py-3",
        "before:absolute before:inset-y-0 before:left-0 before:w-[3px]",
        status.tone === "bad" ? "before:bg-bad" : "before:bg-control",
      )}
    >
      <h2 className="flex gap-2.5 font-semibold">
        <Icon name={status.icon} className={classNames("mt-0.5", TONE_TEXT[status.tone])} />
        <span className="min-w-0 wrap-anywhere">{summary.title}</span>
      </h2>
      <dl className="mt-2 grid gap-x-4 gap-y-1.5 sm:grid-cols-[104px_minmax(0,1fr)] sm:pl-[26px]">
        <Row term="Not harmed">{summary.unharmed}</Row>
        <Row term="What to do">{summary.next}</Row>
        {migration.errorCode?.startsWith("VERIFICATION_") && (
          <Row term="What differs">
            <Link href={`/migrations/${migration.id}?tab=verification`} scroll={false} className="link">
              See the verification
            </Link>
          </Row>
        )}
        <Row term="To quote">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <code>{quote}</code>
            <CopyButton text={quote} what="error code and migration id" />
          </span>
        </Row>
      </dl>
    </section>
  );
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-caption text-muted sm:text-table/5">{term}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}
