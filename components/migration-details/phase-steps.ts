import { PHASE_LABELS } from "@/lib/migrations/labels";
import { phaseDurationMs } from "@/lib/migrations/phases";
import type { MigrationDetails, PhaseTimes } from "@/lib/migrations/read-model";
import {
  isTerminal,
  MIGRATION_PHASES,
  type MigrationOption,
  type MigrationPhase,
} from "@/lib/migrations/vocabulary";

export type PhaseStatus = "done" | "current" | "waiting" | "failed" | "stopped" | "pending";

export interface PhaseStep {
  phase: MigrationPhase;
  label: string;
  status: PhaseStatus;
  /** Time spent in it so far, in milliseconds; null when it was not begun. */
  durationMs: number | null;
}

type PhaseSource = Pick<MigrationDetails, "state" | "option" | "phases" | "tablesErrored">;

/** The phases a migration of this option goes through, in order. */
export function phasesOf(option: MigrationOption): MigrationPhase[] {
  return MIGRATION_PHASES.filter((phase) => {
    if (option === "Validate") return phase === "prerequisites" || phase === "validation";
    return option === "ValidateAndMigrate" || phase !== "validation";
  });
}

/**
 * The rail: every phase of the option with what became of it. Databases run through phases at different times, so
 * several phases may be open at once; the last of them is the current one. `nowMs` ends the duration of open phases.
 */
export function resolvePhases(migration: PhaseSource, nowMs: number): PhaseStep[] {
  const times = new Map(migration.phases.map((entry) => [entry.phase, entry]));
  const wanted = phasesOf(migration.option).filter(
    // A phase that ran is shown even if the option would not ask for it.
    (phase) => phase !== "validation" || migration.option !== "Migrate" || times.has(phase),
  );
  const last = wanted.findLast((phase) => times.has(phase));
  const broken = brokenPhase(migration, last);
  return wanted.map((phase) => {
    const entry = times.get(phase);
    return {
      phase,
      label: PHASE_LABELS[phase],
      status: statusOf(entry, { isLast: phase === last, isBroken: phase === broken }, migration),
      durationMs: entry ? phaseDurationMs(entry, nowMs) : null,
    };
  });
}

/** Where an unsuccessful migration broke. After a table failed the rest still runs, so that is not always the last. */
function brokenPhase(migration: PhaseSource, last: MigrationPhase | undefined): MigrationPhase | undefined {
  if (migration.state === "ValidationFailed") return "validation";
  if (migration.state !== "Failed") return undefined;
  const copyRan = migration.phases.some((entry) => entry.phase === "copy");
  return migration.tablesErrored > 0 && copyRan ? "copy" : last;
}

function statusOf(
  entry: PhaseTimes | undefined,
  place: { isLast: boolean; isBroken: boolean },
  migration: PhaseSource,
): PhaseStatus {
  if (!entry) return "pending";
  if (place.isBroken) return "failed";
  if (migration.state === "Succeeded") return "done";
  if (migration.state === "Canceled" && (place.isLast || entry.endedAt === null)) return "stopped";
  if (entry.endedAt !== null) return "done";
  if (isTerminal(migration.state)) return "stopped";
  return migration.state === "WaitingForUserAction" && place.isLast ? "waiting" : "current";
}
