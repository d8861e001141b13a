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
  z.object({ phase: z.enum(MIGRATION_PHASES), startedAt: z.string(), endedAt: z.string().nullable() }),
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
    const times = byName.get(phase) ?? { phase, startedAt: at, endedAt: null };
    times.endedAt = change === "started" ? null : at;
    byName.set(phase, times);
  }
  return MIGRATION_PHASES.flatMap((phase) => byName.get(phase) ?? []);
}
