import type { Report } from "@/lib/engine/events";
import { type DatabaseCounters, writeCounters } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { writePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import { fenced, type Run, StaleRunError } from "@/lib/store/run";
import { appendSample, thinSamples } from "@/lib/store/samples";
import { writePlan, writeTableProgress } from "@/lib/store/table-progress";
import { logger } from "@/lib/util/log";
import { type DatabaseBatch, ProgressFold } from "./progress-fold";

const FLUSH_MS = 1_000;
/** Old samples are thinned about once a minute. */
const THIN_EVERY = 60;

export interface ReporterOptions {
  run: Run;
  /** Bytes and rows of databases that earlier stints finished, so that the throughput's totals go on from there. */
  base: { bytesCopied: number; rowsCopied: number };
  /** Called when a write finds that the run is superseded. */
  onStale: () => void;
}

/**
 * Takes the engine's events of all databases of a run and writes them, folded, at most once a second in one transaction.
 * A write that fails is folded into the next; the engine never waits for the store.
 */
export class Reporter implements AsyncDisposable {
  readonly #options: ReporterOptions;
  readonly #folds: ProgressFold[] = [];
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #writes = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  /**
   * Where the engine reports about one run of one database; an earlier run's reports count no more. `before`: the counters it
   * goes on from, null when it begins anew.
   */
  reportOf(databaseId: string, database: string, before: CountersRow | null): Report {
    const fold = new ProgressFold(databaseId, database, before === null ? null : countersOf(before));
    const earlier = this.#folds.findIndex((each) => each.databaseId === databaseId);
    if (earlier === -1) this.#folds.push(fold);
    else this.#folds[earlier] = fold;
    return (event) => fold.apply(event, new Date());
  }

  /** Writes what has come in; rejects when it could not be written. Writes never overlap. */
  flush(): Promise<void> {
    const next = this.#writing.catch(() => undefined).then(() => this.#write());
    this.#writing = next;
    return next;
  }

  /** Stops the clock and writes the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.flush().catch(() => undefined);
  }

  async #write(): Promise<void> {
    const batches = this.#folds.map((fold) => fold.drain());
    const changed = batches.filter((batch) => batch.counters !== null);
    if (changed.length === 0) return;
    this.#writes++;
    const { run, base } = this.#options;
    const sample = this.#folds.reduce((sum, fold) => add(sum, fold.totals()), { ...base, activeJobs: 0 });
    try {
      await fenced(run, async (db) => {
        for (const batch of changed) {
          if (batch.plan) await writePlan(db, batch.databaseId, batch.plan);
          if (batch.counters) await writeCounters(db, batch.databaseId, batch.counters);
          await appendProblems(db, batch.databaseId, batch.problems);
        }
        await writeTableProgress(
          db,
          changed.flatMap((batch) => batch.tables),
        );
        await writePhases(
          db,
          run.migrationId,
          changed.flatMap((batch) => batch.phases),
        );
        await appendEvents(
          db,
          run.migrationId,
          changed.flatMap((batch) => batch.events),
        );
        await appendSample(db, run.migrationId, { at: new Date(), ...sample });
        if (this.#writes % THIN_EVERY === 0) await thinSamples(db, run.migrationId);
      });
    } catch (error) {
      this.#takeBack(batches);
      if (error instanceof StaleRunError) this.#options.onStale();
      else
        logger("reporter").warn(
          { err: error, migrationId: run.migrationId },
          "progress could not be written",
        );
      throw error;
    }
  }

  #takeBack(batches: readonly DatabaseBatch[]): void {
    for (const fold of this.#folds) {
      for (const batch of batches) if (batch.databaseId === fold.databaseId) fold.restore(batch);
    }
  }
}

/** A database's counters as the store has them. */
type CountersRow = { [Name in keyof DatabaseCounters]: bigint | number | string };

function countersOf(row: CountersRow): Partial<DatabaseCounters> {
  return {
    bytesEstimated: Number(row.bytesEstimated),
    bytesCopied: Number(row.bytesCopied),
    rowsCopied: Number(row.rowsCopied),
    tablesQueued: Number(row.tablesQueued) + Number(row.tablesLoading),
    tablesCompleted: Number(row.tablesCompleted),
    tablesErrored: Number(row.tablesErrored),
    indexesTotal: Number(row.indexesTotal),
    indexesDone: Number(row.indexesDone),
  };
}

interface Totals {
  bytesCopied: number;
  rowsCopied: number;
  activeJobs: number;
}

function add(a: Totals, b: Totals): Totals {
  return {
    bytesCopied: a.bytesCopied + b.bytesCopied,
    rowsCopied: a.rowsCopied + b.rowsCopied,
    activeJobs: a.activeJobs + b.activeJobs,
  };
}
