import { z } from "zod";
import type { PhaseTimes } from "./read-model";
import { MIGRATION_PHASES, type MigrationPhase } from "./vocabulary";

/** A phase of a migration began or ended, at an ISO 8601 time. */
export interface PhaseChange {
  phase: MigrationPhase;
  change: "started" | "ended";
  at: string;
}

const phaseTimes = z.array(
  z.object({
    phase: z.enum(MIGRATION_PHASES),
    startedAt: z.string(),
    resumedAt: z.string(),
    endedAt: z.string().nullable(),
    activeMs: z.number(),
  }),
);

/** Phases as stored on the row; empty when they are not of that form. */
export function parsePhases(json: unknown): PhaseTimes[] {
  return phaseTimes.safeParse(json).data ?? [];
}

/**
 * Phases after `changes`, in their natural order. A phase starts once, however many databases pass it; it is open again
 * while a later database is in it, and ends when the last one leaves.
 */
export function withPhaseChanges(
  phases: readonly PhaseTimes[],
  changes: readonly PhaseChange[],
): PhaseTimes[] {
  const byName = new Map(phases.map((times) => [times.phase, { ...times }]));
  for (const { phase, change, at } of changes) {
    byName.set(
      phase,
      change === "started" ? begin(phase, at, byName.get(phase)) : end(phase, at, byName.get(phase)),
    );
  }
  return MIGRATION_PHASES.flatMap((phase) => byName.get(phase) ?? []);
}

function begin(phase: MigrationPhase, at: string, times: PhaseTimes | undefined): PhaseTimes {
  if (!times) return { phase, startedAt: at, resumedAt: at, endedAt: null, activeMs: 0 };
  // Still open: another database is in it, or a worker died there and its time counts as spent.
  return times.endedAt === null ? times : { ...times, resumedAt: at, endedAt: null };
}

function end(phase: MigrationPhase, at: string, times: PhaseTimes | undefined): PhaseTimes {
  const open = times ?? begin(phase, at, undefined);
  if (open.endedAt !== null) return { ...open, endedAt: at };
  return {
    ...open,
    endedAt: at,
    activeMs: open.activeMs + Math.max(0, Date.parse(at) - Date.parse(open.resumedAt)),
  };
}

/** Milliseconds spent in a phase until `nowMs`. */
export function phaseDurationMs(times: PhaseTimes, nowMs: number): number {
  return times.activeMs + (times.endedAt === null ? Math.max(0, nowMs - Date.parse(times.resumedAt)) : 0);
}
