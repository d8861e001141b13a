/**
 * When a migration will be over. Pure: the page, the terminal and the bench, which replays recorded samples through it, compute
 * the same.
 */
import { type RateSample, smoothedRate } from "./progress";

/** How far a migration is, summed over its databases. All sizes in bytes. */
export interface ForecastFigures {
  /** Sizes on the source of all tables of the plan, TOAST included, indexes not. */
  bytesEstimated: number;
  /** Row data relayed so far; in text or binary format it is more or less than the tables' sizes. */
  bytesCopied: number;
  /** The part of `bytesEstimated` whose rows have arrived, as far as their number is known, and what that came to on the relay. */
  arrivedBytesEstimated: number;
  arrivedBytesCopied: number;
  /** As the source estimates them, and those of them that have arrived: all of a table that is through, however many it had. */
  rowsEstimated: number;
  arrivedRowsEstimated: number;
  /** What the indexes take on the source; null when that is not known, e.g. behind a filter. */
  indexBytesEstimated: number | null;
  indexesTotal: number;
  indexesDone: number;
  tablesTotal: number;
  /** Everything is done. */
  done: boolean;
}

/**
 * Work of a row besides its bytes, in terms of copying a byte of a table: large values cost a fraction of what as many bytes of
 * small rows do. With the three below fitted to recorded moves of a wide table (three b-trees) and of a mixed schema (small
 * rows, long texts, pictures, GIN, b-trees, foreign keys), as they stood when 15 to 80 % of the bytes were there.
 */
const WORK_PER_ROW = 150;
/** Work of building an index, per byte of it and per work of the table that is read and sorted for it. */
const WORK_PER_INDEX_BYTE = 0.9;
const WORK_PER_TABLE_READ = 0.1;
/** Index bytes per table byte where they are not known. */
const INDEX_SHARE = 0.4;
/** Constraints, materialised views and statistics, after all of it. */
const FINISH_SHARE = 0.05;
/** What every table and every index costs however small it is. */
const WORK_PER_OBJECT = 8_192;
/** What a table's byte comes to on the relay, without page and row headers, until rows have arrived that show it. */
const RELAYED_SHARE = 0.75;
/** It counts as much as this share of all tables: tiny ones relay a hundredth of their size. */
const PRIOR_SHARE = 0.005;
/** The pace forgets with a time constant of a minute: short enough for a changed limit. */
const HALF_LIFE_MS = 60_000 * Math.LN2;
/** Rows that an earlier attempt copied are reported again within this time, which is no rate. */
const KEPT_WITHIN_MS = 5_000;

/**
 * Milliseconds from the last sample until everything is done, indexes and the finish included; null when that cannot be told (no plan, nothing
 * copied yet, done). `samples`: running totals of relayed bytes, oldest first, about one a second, as the store keeps them.
 *
 * Copying, index builds and the rest are put into one measure of work, bytes of tables on the source. What was copied is taken
 * at the rate of the last minute; while indexes alone are left, at the average.
 *
 * To measure its error on a recorded move: for a moment `t`, build the figures from the engine's events up to `t` ("planned",
 * "table-progress", "table-completed", "index-completed") and the samples up to `t`, and compare the result with the time that
 * was left.
 */
export function forecastRemainingMs(figures: ForecastFigures, samples: readonly RateSample[]): number | null {
  if (figures.done || figures.bytesEstimated <= 0) return null;
  const stint = lastStint(samples);
  const [first, last] = [stint[0], stint.at(-1)];
  if (!first || !last) return null;
  const copied = copiedWork(figures);
  const bytesPerSecond = isCopied(figures, copied) ? averageRate(stint) : smoothedRate(stint, HALF_LIFE_MS);
  if (bytesPerSecond === null || bytesPerSecond <= 0 || copied <= 0) return null;
  const done =
    copied +
    WORK_PER_ROW * figures.arrivedRowsEstimated +
    indexWork(figures) * indexProgress(figures) +
    objectWork(figures) * progressOf(figures, copied);
  const left = totalWork(figures) - done;
  // Index builds beside the copy are part of the pace, though only bytes are sampled.
  const pace = (bytesPerSecond / relayRatio(figures)) * (done / copied);
  return left <= 0 ? 0 : (left / pace) * 1000;
}

/** Relayed bytes per byte of a table's size, as seen on what has arrived. */
function relayRatio({ bytesEstimated, arrivedBytesEstimated, arrivedBytesCopied }: ForecastFigures): number {
  const prior = PRIOR_SHARE * bytesEstimated;
  return (arrivedBytesCopied + RELAYED_SHARE * prior) / (arrivedBytesEstimated + prior);
}

/** Copied so far, in bytes of the tables on the source. */
function copiedWork(figures: ForecastFigures): number {
  const { bytesEstimated, bytesCopied, arrivedBytesEstimated, arrivedBytesCopied } = figures;
  const underway = Math.max(0, bytesCopied - arrivedBytesCopied) / relayRatio(figures);
  return Math.min(bytesEstimated, arrivedBytesEstimated + underway);
}

function isCopied({ bytesEstimated, arrivedBytesEstimated }: ForecastFigures, copied: number): boolean {
  return copied >= bytesEstimated && arrivedBytesEstimated >= bytesEstimated;
}

function totalWork(figures: ForecastFigures): number {
  return tableWork(figures) * (1 + FINISH_SHARE) + indexWork(figures) + objectWork(figures);
}

function tableWork({ bytesEstimated, rowsEstimated }: ForecastFigures): number {
  return bytesEstimated + WORK_PER_ROW * rowsEstimated;
}

function indexWork(figures: ForecastFigures): number {
  const { bytesEstimated, indexBytesEstimated, indexesTotal, tablesTotal } = figures;
  if (indexesTotal === 0) return 0;
  const read = (tableWork(figures) * indexesTotal) / Math.max(1, tablesTotal);
  const bytesBuilt = indexBytesEstimated ?? INDEX_SHARE * bytesEstimated;
  return WORK_PER_INDEX_BYTE * bytesBuilt + WORK_PER_TABLE_READ * read;
}

function objectWork({ tablesTotal, indexesTotal }: ForecastFigures): number {
  return WORK_PER_OBJECT * (tablesTotal + indexesTotal);
}

function indexProgress({ indexesTotal, indexesDone }: ForecastFigures): number {
  return indexesTotal === 0 ? 1 : indexesDone / indexesTotal;
}

function progressOf({ bytesEstimated, indexesTotal, indexesDone }: ForecastFigures, copied: number): number {
  const tables = copied / bytesEstimated;
  return indexesTotal === 0 ? tables : (tables + indexesDone / indexesTotal) / 2;
}

/** Samples since the copy last began, and from where rows that were kept have been counted. */
function lastStint(samples: readonly RateSample[]): RateSample[] {
  let begin = 0;
  let before = 0;
  for (let index = 1; index < samples.length; index++) {
    const [earlier, now] = [samples[index - 1], samples[index]];
    if (!earlier || !now) continue;
    if (now.bytesCopied < earlier.bytesCopied) {
      begin = index;
      before = earlier.bytesCopied;
    } else if (now.bytesCopied === 0) begin = index;
  }
  const startMs = samples[begin]?.atMs ?? 0;
  for (let index = begin; index < samples.length; index++) {
    const sample = samples[index];
    if (!sample || sample.atMs - startMs > KEPT_WITHIN_MS) break;
    if (before > 0 && sample.bytesCopied <= before) begin = index;
  }
  return samples.slice(begin);
}

function averageRate(samples: readonly RateSample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs <= first.atMs) return null;
  return ((last.bytesCopied - first.bytesCopied) * 1000) / (last.atMs - first.atMs);
}
