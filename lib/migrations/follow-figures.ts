/** What the store keeps of a database that is followed, as JSON; read by the API, the dashboard and the worker that goes on. */
import { z } from "zod";
import type { CutoverResult } from "./read-model";
import { CUTOVER_STEP_NAMES, UNFOLLOWED_REASONS } from "./vocabulary";

const count = z.number();

export const followFigures = z.object({
  /** ISO 8601, when they were told. */
  at: z.string(),
  lagMs: count,
  lagBytes: count,
  incomingChanges: count,
  appliedChanges: count,
  inserts: count,
  updates: count,
  deletes: count,
  truncates: count,
  transactions: count,
  divergences: count,
  slot: z
    .object({
      name: z.string(),
      isActive: z.boolean(),
      walStatus: z.string().nullable(),
      retainedBytes: count.nullable(),
      safeWalBytes: count.nullable(),
    })
    .nullable(),
});

/** Figures of a followed database; counters are sums since its rows were copied. */
export type StoredFollowFigures = z.infer<typeof followFigures>;

/** Figures as stored; null when there are none. */
export function parseFollowFigures(json: unknown): StoredFollowFigures | null {
  return followFigures.safeParse(json).data ?? null;
}

export const unfollowedTables = z.array(
  z.object({ schema: z.string(), name: z.string(), reason: z.enum(UNFOLLOWED_REASONS) }),
);
export type UnfollowedTable = z.infer<typeof unfollowedTables>[number];

/** Tables whose changes are not applied, as stored. */
export function parseStoppedTables(json: unknown): UnfollowedTable[] {
  return unfollowedTables.safeParse(json).data ?? [];
}

export const cutoverResult = z.object({
  startedAt: z.string(),
  lsn: z.string(),
  ms: count,
  steps: z.array(z.object({ step: z.enum(CUTOVER_STEP_NAMES), ms: count })),
  unfollowed: unfollowedTables,
});

/** What a cutover or its rehearsal took, as stored; null when there was none. */
export function parseCutoverResult(json: unknown): CutoverResult | null {
  return cutoverResult.safeParse(json).data ?? null;
}
