import { PHASE_LABELS } from "@/lib/migrations/labels";
import { phaseDurationMs } from "@/lib/migrations/phases";
import type { DatabaseProgress, MigrationDetails, PhaseTimes } from "@/lib/migrations/read-model";
import {
  isTerminal,
  MIGRATION_PHASES,
  type MigrationOption,
  type MigrationPhase,
} from "@/lib/migrations/vocabulary";

export type PhaseStatus = "done" | "current" | "partial" | "waiting" | "failed" | "stopped" | "pending";

export interface PhaseStep {
  phase: MigrationPhase;
  label: string;
  status: PhaseStatus;
  /** Time spent in it so far, in milliseconds; null when it was not begun. */
  durationMs: number | null;
  /** Databases that are through, where it rests between two of them; else null. */
  share: PhaseShare | null;
}

export interface PhaseShare {
  passed: number;
  total: number;
}

type PhaseSource = Pick<
  MigrationDetails,
  "state" | "option" | "phases" | "tablesErrored" | "databaseProgress"
> &
  Partial<Pick<MigrationDetails, "verifyAtEnd">>;

/** The phases a migration of this option goes through, in order. */
export function phasesOf(option: MigrationOption, verifyAtEnd = false): MigrationPhase[] {
  return MIGRATION_PHASES.filter((phase) => {
    if (phase === "verify") return verifyAtEnd && option !== "Validate";
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
  const wanted = phasesOf(migration.option, migration.verifyAtEnd || times.has("verify")).filter(
    // A phase that ran is shown even if the option would not ask for it.
    (phase) => phase !== "validation" || migration.option !== "Migrate" || times.has(phase),
  );
  const last = wanted.findLast((phase) => times.has(phase));
  const broken = brokenPhase(migration, last);
  return wanted.map((phase) => {
    const entry = times.get(phase);
    const share = unfinishedShare(phase, migration);
    const place = { isLast: phase === last, isBroken: phase === broken, isShared: share !== null };
    const status = statusOf(entry, place, migration);
    return {
      phase,
      label: PHASE_LABELS[phase],
      status,
      durationMs: entry ? phaseDurationMs(entry, nowMs) : null,
      share: status === "partial" ? share : null,
    };
  });
}

/** Phases each database passes for itself, in order. */
const DATABASE_PHASES: readonly (MigrationPhase | DatabaseProgress["phase"])[] = [
  "schema",
  "copy",
  "indexes",
  "finish",
];

/** How many of several databases are through a phase, while some are not; null when that says nothing. */
function unfinishedShare(phase: MigrationPhase, { databaseProgress }: PhaseSource): PhaseShare | null {
  const position = DATABASE_PHASES.indexOf(phase);
  const total = databaseProgress.length;
  if (position === -1 || total < 2) return null;
  const passed = databaseProgress.filter(
    (database) => database.state === "Succeeded" || positionOf(database) > position,
  ).length;
  return passed < total ? { passed, total } : null;
}

function positionOf({ phase }: DatabaseProgress): number {
  return phase === "done" ? DATABASE_PHASES.length : DATABASE_PHASES.indexOf(phase);
}

/** Where an unsuccessful migration broke. After a table failed the rest still runs, so that is not always the last. */
function brokenPhase(migration: PhaseSource, last: MigrationPhase | undefined): MigrationPhase | undefined {
  if (migration.state === "ValidationFailed") return "validation";
  if (migration.state !== "Failed") return undefined;
  const ran = new Set(migration.phases.map((entry) => entry.phase));
  if (migration.tablesErrored > 0 && ran.has("copy")) return "copy";
  const failed = migration.databaseProgress.find((database) => database.state === "Failed");
  return MIGRATION_PHASES.find((phase) => phase === failed?.phase && ran.has(phase)) ?? last;
}

function statusOf(
  entry: PhaseTimes | undefined,
  place: { isLast: boolean; isBroken: boolean; isShared: boolean },
  migration: PhaseSource,
): PhaseStatus {
  if (!entry) return "pending";
  if (place.isBroken) return "failed";
  if (migration.state === "Succeeded") return "done";
  const open = entry.endedAt === null;
  if (migration.state === "Canceled") {
    return open || place.isLast || place.isShared ? "stopped" : "done";
  }
  if (!open) return place.isShared ? "partial" : "done";
  if (isTerminal(migration.state)) return "stopped";
  return migration.state === "WaitingForUserAction" && place.isLast ? "waiting" : "current";
}
