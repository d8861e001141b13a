import { type ForecastFigures, forecastRemainingMs } from "@/lib/migrations/forecast";
import { percentOf, smoothedRate, stalledSeconds } from "@/lib/migrations/progress";
import type { MigrationDetails } from "@/lib/migrations/read-model";
import { isTerminal } from "@/lib/migrations/vocabulary";
import { tableCounts } from "./database-status";

/** How the copy of a migration stands. */
export interface CopyProgress {
  /** 0 to 100; null before the copy was planned. */
  percent: number | null;
  /** Recent rate; null while unknown or over. */
  bytesPerSecond: number | null;
  /** Milliseconds until everything is done, indexes included; null while that would be a guess. */
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
  | "state"
  | "option"
  | "bytesEstimated"
  | "bytesCopied"
  | "tablesTotal"
  | "samples"
  | "databaseProgress"
  | "pauseRequestedAt"
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
  const paused = migration.pauseRequestedAt !== null;
  return {
    percent,
    bytesPerSecond: stalled ? 0 : copying ? smoothedRate(samples) : null,
    etaMs: known && !paused && !stalled ? remainingMs(migration, samples, nowMs) : null,
    stalledMs: stalled ? stalledS * 1000 : null,
    indexing: !copying && counts.queued === 0 && counts.completed > 0,
  };
}

/** The forecast was made at the last sample; what has passed since is taken off. */
function remainingMs(
  migration: Copying,
  samples: Parameters<typeof forecastRemainingMs>[1],
  nowMs: number,
): number | null {
  const left = forecastRemainingMs(forecastFigures(migration), samples);
  const sinceMs = nowMs - (samples.at(-1)?.atMs ?? nowMs);
  return left === null ? null : Math.max(0, left - Math.max(0, sinceMs));
}

/** A new database's own catalogs. */
const EMPTY_DATABASE_BYTES = 8_000_000;

/** What is known of a migration for the forecast, summed over its databases. */
function forecastFigures(migration: Copying): ForecastFigures {
  const databases = migration.databaseProgress;
  const sum = (pick: (database: (typeof databases)[number]) => number) =>
    databases.reduce((total, database) => total + pick(database), 0);
  const sized = databases.every((database) => database.sizeBytes !== null && !database.filtered);
  return {
    bytesEstimated: sum((database) => database.bytesPlanned),
    bytesCopied: migration.bytesCopied,
    arrivedBytesEstimated: sum((database) => database.arrivedBytesEstimated),
    arrivedBytesCopied: sum((database) => database.arrivedBytesCopied),
    rowsEstimated: sum((database) => database.rowsEstimated),
    arrivedRowsEstimated: sum((database) => database.arrivedRowsEstimated),
    // Those of a database that was not planned yet are not in the estimate of bytes either.
    indexBytesEstimated: sized
      ? sum(({ sizeBytes, bytesPlanned }) =>
          bytesPlanned === 0 ? 0 : Math.max(0, (sizeBytes ?? 0) - bytesPlanned - EMPTY_DATABASE_BYTES),
        )
      : null,
    indexesTotal: sum((database) => database.indexesTotal),
    indexesDone: sum((database) => database.indexesDone),
    tablesTotal: migration.tablesTotal,
    done: false,
  };
}
