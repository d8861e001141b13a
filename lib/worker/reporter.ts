import type { Report } from "@/lib/engine/events";
import type { StoreClient } from "@/lib/store/client";
import { type DatabaseCounters, writeCounters } from "@/lib/store/database-progress";
import { appendEvents } from "@/lib/store/events";
import { writePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import type { Run } from "@/lib/store/run";
import { appendSample, thinSamples } from "@/lib/store/samples";
import { writePlan, writeTableProgress } from "@/lib/store/table-progress";
import { type Batch, BatchedWrites, fenceOf } from "./batched-writes";
import { type DatabaseBatch, ProgressFold } from "./progress-fold";

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
  readonly #writes: BatchedWrites;

  constructor(options: ReporterOptions) {
    this.#options = options;
    const { run, onStale } = options;
    this.#writes = new BatchedWrites({
      fence: fenceOf(run),
      onStale,
      what: "progress",
      drain: () => this.#drain(),
    });
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

  /** Writes what has come in; rejects when it could not be written. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** Stops the clock and writes the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes[Symbol.asyncDispose]();
  }

  #drain(): Batch | null {
    const batches = this.#folds.map((fold) => fold.drain());
    const changed = batches.filter((batch) => batch.counters !== null);
    if (changed.length === 0) return null;
    const sample = this.#folds.reduce((sum, fold) => add(sum, fold.totals()), {
      ...this.#options.base,
      activeJobs: 0,
    });
    return {
      write: (db, isThinning) => this.#write(db, changed, sample, isThinning),
      takeBack: () => this.#takeBack(batches),
    };
  }

  async #write(
    db: StoreClient,
    changed: readonly DatabaseBatch[],
    sample: Totals,
    isThinning: boolean,
  ): Promise<void> {
    const { migrationId } = this.#options.run;
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
      migrationId,
      changed.flatMap((batch) => batch.phases),
    );
    await appendEvents(
      db,
      migrationId,
      changed.flatMap((batch) => batch.events),
    );
    await appendSample(db, migrationId, { at: new Date(), ...sample });
    if (isThinning) await thinSamples(db, migrationId);
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
