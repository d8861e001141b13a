"use client";

import { useState } from "react";
import { FilterSelect } from "@/components/migrations-grid/filter-select";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { announceFailure } from "@/components/ui/toaster";
import { allowedActions } from "@/lib/migrations/allowed-actions";
import { formatClock, formatDay } from "@/lib/migrations/format-time";
import type { MigrationDetails, VerificationSummary } from "@/lib/migrations/read-model";
import { verificationStatus } from "@/lib/migrations/status";
import { isVerificationEnded } from "@/lib/migrations/verification";
import { VerificationItems } from "./verification-items";
import { VerificationLimits } from "./verification-limits";
import { patchVerification } from "./verification-requests";
import { VerificationResult } from "./verification-result";
import { VerifyDialog } from "./verify-dialog";

interface VerificationTabProps {
  migration: MigrationDetails;
  renderedAtMs: number;
  /** The reader's role allows starting and canceling; the server checks it again. */
  mayAct: boolean;
  /** Something was asked for: the migration is to be read again. */
  onAsked: () => void;
}

/** Comparisons of source and target: the newest one, those before it, and the way to another. */
export function VerificationTab({ migration, renderedAtMs, mayAct, onAsked }: VerificationTabProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const { verifications } = migration;
  const shown = verifications.find(({ id }) => id === chosen) ?? verifications[0];
  const running = verifications.some((verification) => !isVerificationEnded(verification));
  const mayStart = mayAct && allowedActions(migration).verify && !running;
  const start = mayStart ? () => setAsking(true) : null;
  return (
    <>
      {shown ? (
        <>
          <Toolbar
            migration={migration}
            shown={shown}
            mayAct={mayAct}
            onChoose={setChosen}
            onStart={start}
            onAsked={onAsked}
          />
          <VerificationResult
            key={`${shown.id} result`}
            migrationId={migration.id}
            verification={shown}
            renderedAtMs={renderedAtMs}
          />
          <VerificationItems key={shown.id} migrationId={migration.id} verification={shown} />
        </>
      ) : (
        <NoVerification migration={migration} onStart={start} />
      )}
      {asking && (
        <VerifyDialog
          migration={migration}
          open
          onOpenChange={setAsking}
          onDone={() => {
            setAsking(false);
            setChosen(null);
            onAsked();
          }}
        />
      )}
    </>
  );
}

interface ToolbarProps {
  migration: MigrationDetails;
  shown: VerificationSummary;
  mayAct: boolean;
  onChoose: (id: string | null) => void;
  onStart: (() => void) | null;
  onAsked: () => void;
}

function Toolbar({ migration, shown, mayAct, onChoose, onStart, onAsked }: ToolbarProps) {
  const { verifications } = migration;
  const [limiting, setLimiting] = useState(false);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <h2 className="sr-only">Verification</h2>
      {verifications.length > 1 && (
        <FilterSelect
          label="Verification"
          value={shown.id}
          options={verifications.map((each) => ({ value: each.id, label: choiceLabel(each) }))}
          onChange={onChoose}
        />
      )}
      <span className="ml-auto" />
      {mayAct && !isVerificationEnded(shown) && (
        <>
          {shown.kind === "on-demand" && shown.cancelRequestedAt === null && (
            <Button onClick={() => setLimiting(true)}>Limits</Button>
          )}
          <CancelButton migration={migration} verification={shown} onAsked={onAsked} />
        </>
      )}
      {onStart && (
        <Button variant="primary" onClick={onStart}>
          Verify again
        </Button>
      )}
      {limiting && !isVerificationEnded(shown) && (
        <VerificationLimits
          migration={migration}
          verification={shown}
          onOpenChange={setLimiting}
          onDone={() => {
            setLimiting(false);
            onAsked();
          }}
        />
      )}
    </div>
  );
}

function choiceLabel({ createdAt, state }: VerificationSummary): string {
  return `${formatDay(createdAt)} ${formatClock(createdAt)}, ${verificationStatus(state).label.toLowerCase()}`;
}

function CancelButton({
  migration,
  verification,
  onAsked,
}: {
  migration: MigrationDetails;
  verification: VerificationSummary;
  onAsked: () => void;
}) {
  const [pending, setPending] = useState(false);
  if (verification.cancelRequestedAt !== null) {
    return (
      <span className="text-table font-medium text-off">
        Cancel requested {formatClock(verification.cancelRequestedAt)} UTC
      </span>
    );
  }
  const cancel = async () => {
    setPending(true);
    try {
      await patchVerification(migration.resourceId, verification.id, { cancel: "True" });
      onAsked();
    } catch (error) {
      announceFailure(
        "The verification was not canceled",
        error instanceof Error ? error.message : undefined,
      );
    } finally {
      setPending(false);
    }
  };
  return (
    <Button pending={pending} onClick={() => void cancel()}>
      Cancel verification
    </Button>
  );
}

function NoVerification({
  migration,
  onStart,
}: {
  migration: MigrationDetails;
  onStart: (() => void) | null;
}) {
  if (migration.option === "Validate") {
    return (
      <EmptyState
        icon="table"
        title="Nothing to verify"
        description="This migration only validates: it moves no data that could be compared."
      />
    );
  }
  const what =
    "Verification compares source and target: rows and checksums of every table, sequences, large objects and the schema. It only reads, locks nothing, and shows what differs row by row.";
  if (!allowedActions(migration).verify) {
    return (
      <EmptyState
        icon="table"
        title={migration.verifyAtEnd ? "Verification follows when everything has moved" : "Not verified"}
        description={`${what} ${migration.verifyAtEnd ? "It was asked for at the end of this migration." : "It can be started once data has been moved."}`}
      />
    );
  }
  return (
    <EmptyState
      icon="table"
      title="Not verified yet"
      description={what}
      actions={
        onStart && (
          <Button variant="primary" onClick={onStart}>
            Verify now
          </Button>
        )
      }
    />
  );
}
