"use client";

import { useNow } from "@/components/live/use-now";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Note } from "@/components/ui/note";
import { ProgressBar } from "@/components/ui/progress-bar";
import { StatusBadge } from "@/components/ui/status-badge";
import { joinNames } from "@/lib/migrations/format-quantity";
import { elapsedMs, formatClock } from "@/lib/migrations/format-time";
import type { VerificationSummary } from "@/lib/migrations/read-model";
import { verificationStatus } from "@/lib/migrations/status";
import { isVerificationEnded } from "@/lib/migrations/verification";
import { verificationUrl } from "./use-verification-items";
import { consequence, progressText, summaryLine, verifiedPercent } from "./verification-words";

interface VerificationResultProps {
  migrationId: string;
  verification: VerificationSummary;
  renderedAtMs: number;
}

/** How a verification stands or ended, and its exports. */
export function VerificationResult({ migrationId, verification, renderedAtMs }: VerificationResultProps) {
  const now = useNow(renderedAtMs);
  const { startedAt, createdAt, endedAt } = verification;
  const durationMs = elapsedMs(startedAt ?? createdAt, endedAt, now);
  const status = verificationStatus(verification.state);
  const ended = isVerificationEnded(verification);
  return (
    <>
      <Note
        tone={status.tone}
        title={
          <>
            <span className="sr-only">{status.label}: </span>
            {summaryLine(verification, durationMs)}
          </>
        }
      >
        <p className="wrap-anywhere">
          {consequence(verification)} {verification.errorCode && <code>{verification.errorCode}</code>}
        </p>
      </Note>
      {!ended && <Progress verification={verification} />}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <span className="text-caption text-muted">
          {verification.kind === "at-end"
            ? "At the end of the migration"
            : `Asked for by ${verification.requestedBy}`}
          , {joinNames(verification.databases)}, {formatClock(startedAt ?? createdAt)}
          {endedAt ? ` to ${formatClock(endedAt)}` : ""} UTC
        </span>
        {ended && <Exports migrationId={migrationId} verification={verification} />}
      </div>
      <p role="status" className="sr-only">
        Verification: {status.label}
        {ended ? `, ${summaryLine(verification, durationMs)}` : ""}
      </p>
    </>
  );
}

function Progress({ verification }: { verification: VerificationSummary }) {
  const percent = verifiedPercent(verification);
  const text = progressText(verification);
  const status = verificationStatus(verification.state);
  return (
    <div className="mt-3 grid gap-1">
      <ProgressBar value={percent} label="Verification" valueText={text} tone={status.tone} />
      <div className="flex flex-wrap items-center justify-between gap-x-3 text-table text-muted">
        <StatusBadge status={status} />
        <span>
          {percent}%, {text}
        </span>
      </div>
    </div>
  );
}

function Exports({ migrationId, verification }: { migrationId: string; verification: VerificationSummary }) {
  const url = `${verificationUrl(migrationId, verification.id)}/export`;
  const files = [
    { file: "report.json", label: "Report (JSON)", shown: verification.itemsTotal > 0 },
    { file: "rows.csv", label: "Rows (CSV)", shown: verification.itemsDifferent > 0 },
    { file: "repair.sql", label: "Repair SQL", shown: verification.itemsDifferent > 0 },
  ];
  return (
    <span className="flex flex-wrap gap-2 sm:ml-auto">
      {files
        .filter(({ shown }) => shown)
        .map(({ file, label }) => (
          <Button key={file} size="small" asChild>
            <a href={`${url}/${file}`} download>
              <Icon name="download" size={14} />
              {label}
            </a>
          </Button>
        ))}
    </span>
  );
}
