import { z } from "zod";
import type { PhaseTimes } from "./read-model";
import { MIGRATION_PHASES, type MigrationPhase } from "./vocabulary";

/** A phase of a migration began or ended, at an ISO 8601 time. */
export interface PhaseChange {
  phase: MigrationPhase;
  change: "started" | "ended";
  at: string;
  /** The database that enters or leaves it; without one an end is that of the phase for all of them. */
  databaseId?: string;
}

/** As stored: with the databases that are in it, because several may be at a time. */
export type StoredPhase = PhaseTimes & { inside?: string[] };

const phaseTimes = z.array(
  z.object({
    phase: z.enum(MIGRATION_PHASES),
    startedAt: z.string(),
    resumedAt: z.string(),
    endedAt: z.string().nullable(),
    activeMs: z.number(),
    inside: z.array(z.string()).exactOptional(),
  }),
);

/** Phases as stored on the row; empty when they are not of that form. */
export function parsePhases(json: unknown): StoredPhase[] {
  return phaseTimes.safeParse(json).data ?? [];
}

/**
 * Phases after `changes`, in their natural order. A phase starts once, however many databases pass it; it is open again
 * while a later database is in it, and ends when the last one leaves.
 */
export function withPhaseChanges(
  phases: readonly StoredPhase[],
  changes: readonly PhaseChange[],
): StoredPhase[] {
  const byName = new Map(phases.map((times) => [times.phase, { ...times }]));
  for (const change of changes) {
    const times = byName.get(change.phase);
    byName.set(change.phase, change.change === "started" ? begin(change, times) : end(change, times));
  }
  return MIGRATION_PHASES.flatMap((phase) => byName.get(phase) ?? []);
}

function begin({ phase, at, databaseId }: PhaseChange, times: StoredPhase | undefined): StoredPhase {
  // A worker that died in it left its database inside: entering again is no second time.
  const others = (times?.inside ?? []).filter((id) => id !== databaseId);
  const inside = databaseId === undefined ? {} : { inside: [...others, databaseId] };
  if (!times) return { phase, startedAt: at, resumedAt: at, endedAt: null, activeMs: 0, ...inside };
  // Still open: another database is in it, or a worker died there and its time counts as spent.
  if (times.endedAt === null) return { ...times, ...inside };
  return { ...times, resumedAt: at, endedAt: null, ...inside };
}

function end(change: PhaseChange, times: StoredPhase | undefined): StoredPhase {
  const { at, databaseId } = change;
  const { inside = [], ...open } = times ?? begin(change, undefined);
  const others = databaseId === undefined ? [] : inside.filter((id) => id !== databaseId);
  if (others.length > 0) return { ...open, inside: others };
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
