"use client";

import { useMemo, useState } from "react";
import { AnnouncerRegion } from "@/components/live/announcer-region";
import { useLive } from "@/components/live/use-live";
import { useNow } from "@/components/live/use-now";
import { PageName } from "@/components/shell/page-name";
import { formatTimeLeft } from "@/lib/migrations/format-duration";
import { formatBytesOf } from "@/lib/migrations/format-quantity";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { pauseOf, shownStatus, substateLabel } from "@/lib/migrations/status";
import { isVerificationEnded } from "@/lib/migrations/verification";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { type CopyProgress, copyProgress } from "./copy-progress";
import { CutoverNote } from "./cutover-note";
import { DetailsDialogs, type OpenDialog } from "./details-dialogs";
import { DetailsHeader } from "./details-header";
import type { DetailsTab } from "./details-tab";
import { DetailsTabs } from "./details-tabs";
import { FailurePanel } from "./failure-panel";
import { FigureRow } from "./figure-row";
import { figures } from "./figures";
import { isDirect, type OfferedAction, offeredActions } from "./offered-actions";
import { OverwriteBanner } from "./overwrite-banner";
import { PauseNote } from "./pause-note";
import { PhaseRail } from "./phase-rail";
import { resolvePhases } from "./phase-steps";
import { ReplicationBanner } from "./replication-banner";
import { useDirectWish } from "./use-direct-wish";

interface DetailsPageProps {
  initial: MigrationDetails;
  /** Milliseconds since the epoch when the server read `initial`. */
  renderedAtMs: number;
  tab: DetailsTab;
  /** The reader's role allows changing a migration; the server checks it again. */
  mayAct: boolean;
  /** Opens the cutover dialog, if there is a cutover to ask for. */
  cutover?: boolean;
}

/** One migration: rendered by the server, then kept up to date. */
export function DetailsPage({ initial, renderedAtMs, tab, mayAct, cutover = false }: DetailsPageProps) {
  const live = useLive({
    url: `/api/migrations/${initial.id}`,
    initial,
    initialAt: renderedAtMs,
    isActive: isMoving,
  });
  const opens = cutover && mayAct && offeredActions(initial).primary === "cutover";
  const [dialog, setDialog] = useState<OpenDialog | null>(opens ? "cutover" : null);
  const migration = live.data;
  const wish = useDirectWish(migration.resourceId, live.refresh);
  const act = (action: OfferedAction) => {
    if (isDirect(action)) wish.send(action);
    else setDialog(action);
  };
  const close = () => {
    setDialog(null);
    // A reload must not open it again.
    if (cutover) window.history.replaceState(null, "", `?tab=${tab}`);
  };
  const done = () => {
    close();
    live.refresh();
  };
  return (
    <div className="max-w-[1280px]">
      <PageName name={migration.name} />
      <DetailsHeader
        live={live}
        renderedAtMs={renderedAtMs}
        mayAct={mayAct}
        pending={wish.pending}
        onAction={act}
      />
      <PauseNote migration={migration} />
      <CutoverNote
        migration={migration}
        mayAct={mayAct}
        pending={wish.pending === "rehearse"}
        onRehearse={() => wish.send("rehearse")}
      />
      <ReplicationBanner migration={migration} mayAct={mayAct} onAsked={live.refresh} />
      <OverwriteBanner
        migration={migration}
        mayAct={mayAct}
        onOverwrite={() => setDialog("overwrite")}
        onCancel={() => setDialog("cancel")}
      />
      <Progress migration={migration} renderedAtMs={renderedAtMs} />
      {/* The report begins with the same words. */}
      {!(tab === "validation" && migration.state === "ValidationFailed") && (
        <FailurePanel migration={migration} />
      )}
      <DetailsTabs
        migration={migration}
        tab={tab}
        renderedAtMs={renderedAtMs}
        mayAct={mayAct}
        onAsked={live.refresh}
      />
      <DetailsDialogs
        migration={migration}
        percent={copyProgress(migration, live.updatedAt).percent}
        open={dialog}
        onClose={close}
        onDone={done}
      />
    </div>
  );
}

/** True while a worker may change what the page shows, also by verifying what has ended. */
function isMoving({ state, verifications }: MigrationDetails): boolean {
  return !isTerminal(state) || verifications.some((verification) => !isVerificationEnded(verification));
}

/** What moves every second: phases, figures and what a screen reader is told about them. */
function Progress({ migration, renderedAtMs }: { migration: MigrationDetails; renderedAtMs: number }) {
  const now = useNow(renderedAtMs);
  const progress = copyProgress(migration, now);
  const status = shownStatus(migration);
  const { percent } = progress;
  const subjects = useMemo(() => [announced(migration, percent)], [migration, percent]);
  return (
    <>
      <AnnouncerRegion subjects={subjects} />
      <PhaseRail steps={resolvePhases(migration, now)} percent={percent} />
      <FigureRow
        figures={figures(migration, progress, now)}
        valueText={progressText(migration, progress)}
        tone={status.tone}
      />
    </>
  );
}

function announced(migration: MigrationDetails, percent: number | null) {
  const { label } = shownStatus(migration);
  const ended = isTerminal(migration.state);
  const status =
    ended || pauseOf(migration) !== null
      ? label
      : `${label}, ${substateLabel(migration.substate).toLowerCase()}`;
  return { key: migration.id, name: migration.name, status, percent: ended ? null : percent };
}

function progressText(migration: MigrationDetails, progress: CopyProgress): string {
  const bytes = formatBytesOf(migration.bytesCopied, migration.bytesEstimated);
  return progress.etaMs === null ? bytes : `${bytes}, ${formatTimeLeft(progress.etaMs)} left`;
}
