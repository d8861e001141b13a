import { percentOf, remainingMs, smoothedRate, stalledSeconds } from "@/lib/migrations/progress";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { tableCounts } from "./database-status";

/** How the copy of a migration stands. */
export interface CopyProgress {
  /** 0 to 100; null before the copy was planned. */
  percent: number | null;
  /** Recent rate; null while unknown or over. */
  bytesPerSecond: number | null;
  /** Milliseconds until the copy ends; null while that would be a guess. */
  etaMs: number | null;
  /** Milliseconds without a byte, once that is noteworthy; else null. */
  stalledMs: number | null;
  /** All rows are on the target and indexes and constraints are being built. */
  indexing: boolean;
}

/** An ETA is a guess before this much was seen. */
const ETA_AFTER_MS = 30_000;
const ETA_AFTER_PERCENT = 1;
/** Shorter pauses are ordinary: a large value, a change of tables. */
const STALLED_AFTER_S = 20;

type Copying = Pick<
  MigrationDetails,
  "state" | "option" | "bytesEstimated" | "bytesCopied" | "samples" | "databaseProgress"
>;

/** Progress of a migration's copy; `nowMs` is the server's present. */
export function copyProgress(migration: Copying, nowMs: number): CopyProgress {
  const done = migration.state === "Succeeded" && migration.option !== "Validate";
  const figures = { bytesEstimated: migration.bytesEstimated, bytesCopied: migration.bytesCopied, done };
  const percent = percentOf(figures);
  if (percent === null || isTerminal(migration.state)) {
    return { percent, bytesPerSecond: null, etaMs: null, stalledMs: null, indexing: false };
  }
  const samples = migration.samples.map((sample) => ({
    atMs: Date.parse(sample.at),
    bytesCopied: sample.bytesCopied,
  }));
  const counts = tableCounts(migration.databaseProgress);
  const copying = counts.loading > 0;
  const stalledS = copying ? stalledSeconds(samples, nowMs) : 0;
  const stalled = stalledS >= STALLED_AFTER_S;
  const first = samples[0];
  const known = first !== undefined && nowMs - first.atMs >= ETA_AFTER_MS && percent >= ETA_AFTER_PERCENT;
  return {
    percent,
    bytesPerSecond: stalled ? 0 : copying ? smoothedRate(samples) : null,
    etaMs: known && copying && !stalled ? remainingMs(figures, samples) : null,
    stalledMs: stalled ? stalledS * 1000 : null,
    indexing: !copying && counts.queued === 0 && counts.completed > 0,
  };
}
