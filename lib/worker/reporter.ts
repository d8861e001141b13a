import type { Report } from "@/lib/engine/events";
import { writeCounters } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { writePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import { fenced, type Run, StaleRunError } from "@/lib/store/run";
import { appendSample } from "@/lib/store/samples";
import { writePlan, writeTableProgress } from "@/lib/store/table-progress";
import { logger } from "@/lib/util/log";
import { type DatabaseBatch, ProgressFold } from "./progress-fold";

const FLUSH_MS = 1_000;

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

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  /** Where the engine reports about one database. */
  reportOf(databaseId: string, database: string): Report {
    const fold = new ProgressFold(databaseId, database);
    this.#folds.push(fold);
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
