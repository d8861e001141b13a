import { PHASE_LABELS } from "@/lib/migrations/labels";
import { phaseDurationMs } from "@/lib/migrations/phases";
import type { DatabaseProgress, MigrationDetails, PhaseTimes } from "@/lib/migrations/read-model";
import {
  isTerminal,
  MIGRATION_PHASES,
  type MigrationMode,
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
  Partial<Pick<MigrationDetails, "verifyAtEnd" | "mode" | "substate" | "online" | "pausedAt">>;

/** The phases a migration of this option and mode goes through, in order. */
export function phasesOf(
  option: MigrationOption,
  verifyAtEnd = false,
  mode: MigrationMode = "Offline",
): MigrationPhase[] {
  return MIGRATION_PHASES.filter((phase) => {
    if (phase === "verify") return verifyAtEnd && option !== "Validate";
    if (option === "Validate") return phase === "prerequisites" || phase === "validation";
    if (phase === "catch-up" || phase === "cutover") return mode === "Online";
    return option === "ValidateAndMigrate" || phase !== "validation";
  });
}

/**
 * The rail: every phase of the option with what became of it. Databases run through phases at different times, so
 * several phases may be open at once; the last of them is the current one. `nowMs` ends the duration of open phases.
 */
export function resolvePhases(migration: PhaseSource, nowMs: number): PhaseStep[] {
  const times = new Map(migration.phases.map((entry) => [entry.phase, entry]));
  const verifies = migration.verifyAtEnd || times.has("verify");
  const wanted = phasesOf(migration.option, verifies, migration.mode).filter(
    // A phase that ran is shown even if the option would not ask for it.
    (phase) => phase !== "validation" || migration.option !== "Migrate" || times.has(phase),
  );
  const last = wanted.findLast((phase) => times.has(phase));
  // A pause ends the phase's time, not the phase.
  const halted = (migration.pausedAt ?? null) !== null ? last : undefined;
  const broken = brokenPhase(migration, last);
  const steps = wanted.map((phase): PhaseStep => {
    const entry = times.get(phase);
    const share = unfinishedShare(phase, migration);
    const place = {
      isLast: phase === last,
      isBroken: phase === broken,
      isShared: share !== null || phase === halted,
    };
    const status = statusOf(entry, place, migration);
    return {
      phase,
      label: PHASE_LABELS[phase],
      status,
      durationMs: entry ? phaseDurationMs(entry, nowMs) : null,
      share: status === "partial" ? share : null,
    };
  });
  return waitsForCutover(migration) ? steps.map((step) => waitingStep(step, migration, nowMs)) : steps;
}

/** It goes on following, but what is left to do is the user's: catching up is done, the cutover waits. */
function waitsForCutover({ state, substate }: PhaseSource): boolean {
  return !isTerminal(state) && substate === "WaitingForCutoverTrigger";
}

function waitingStep(step: PhaseStep, migration: PhaseSource, nowMs: number): PhaseStep {
  const followed = migration.online?.databases ?? [];
  const caughtUpMs = Math.max(...followed.map(({ caughtUpAt }) => Date.parse(caughtUpAt ?? "")));
  const begun = migration.phases.find(({ phase }) => phase === "catch-up");
  const known = Number.isFinite(caughtUpMs) && begun !== undefined;
  if (step.phase === "catch-up") {
    const durationMs = known ? Math.max(0, caughtUpMs - Date.parse(begun.startedAt)) : step.durationMs;
    return { ...step, status: "done", durationMs };
  }
  if (step.phase !== "cutover") return step;
  const waits = followed.some(
    (database) => database.cutover === null && database.cutoverRequestedAt === null,
  );
  const durationMs = known ? Math.max(0, nowMs - caughtUpMs) : step.durationMs;
  return { ...step, status: waits ? "waiting" : "current", durationMs: waits ? durationMs : step.durationMs };
}

/** Phases each database passes for itself, in order. */
const DATABASE_PHASES: readonly (MigrationPhase | DatabaseProgress["phase"])[] = [
  "schema",
  "copy",
  "indexes",
  "finish",
  "catch-up",
  "cutover",
];

/** How many of several databases are through a phase, while some are not; null when that says nothing. */
function unfinishedShare(phase: MigrationPhase, { databaseProgress }: PhaseSource): PhaseShare | null {
  const position = DATABASE_PHASES.indexOf(phase);
  const total = databaseProgress.length;
  // Every database goes on following until its cutover: none is through.
  if (position === -1 || total < 2 || phase === "catch-up") return null;
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
