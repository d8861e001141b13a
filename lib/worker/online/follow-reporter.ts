import type { FollowEvent } from "@/lib/engine/cdc/follow-options";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import {
  parseFollowFigures,
  parseStoppedTables,
  type StoredFollowFigures,
} from "@/lib/migrations/follow-figures";
import { store } from "@/lib/store/client";
import { appendEvents } from "@/lib/store/events";
import { readTableChanges, writeFollowChange, writeTableChanges } from "@/lib/store/online/follow-progress";
import {
  appendFollowSample,
  type FollowSampleRow,
  thinFollowSamples,
} from "@/lib/store/online/follow-samples";
import { writePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import { fenced, type Run, StaleRunError } from "@/lib/store/run";
import { logger } from "@/lib/util/log";
import { type FollowBatch, FollowFold } from "./follow-fold";

const FLUSH_MS = 1_000;
/** Old samples are thinned about once a minute. */
const THIN_EVERY = 60;

export interface FollowReporterOptions {
  run: Run;
  /** Databases whose following has ended: what they had applied stays in the sums. */
  ended: readonly MigrationDatabase[];
  /** Called when a write finds that the run is superseded. */
  onStale: () => void;
}

/** Where one call of the engine reports. */
export interface FollowReport {
  report: (event: FollowEvent) => void;
  /** Changes applied since the copy. */
  appliedChanges: () => number;
}

/**
 * Takes what following tells of all databases of a run and writes it, folded, at most once a second in one transaction. A write
 * that fails is folded into the next; the engine never waits for the store.
 */
export class FollowReporter implements AsyncDisposable {
  readonly #options: FollowReporterOptions;
  readonly #folds = new Map<string, FollowFold>();
  /** Behind no more: only their sums still count. */
  readonly #over = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #writes = 0;

  constructor(options: FollowReporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  /** Begins, or goes on with, what is told of a database. Throws what the store does. */
  async begin(databaseId: string): Promise<FollowReport> {
    // What an earlier call told last must be written before its sums are read.
    await this.flush();
    const row = await store().migrationDatabase.findUniqueOrThrow({ where: { id: databaseId } });
    const fold = new FollowFold(databaseId, row.name, {
      figures: row.followFigures,
      stopped: parseStoppedTables(row.stoppedTables),
      tables: await readTableChanges(store(), databaseId),
    });
    fold.enter("catch-up", new Date());
    this.#folds.set(databaseId, fold);
    this.#over.delete(databaseId);
    return {
      report: (event) => fold.apply(event, new Date()),
      appliedChanges: () => fold.figures?.appliedChanges ?? 0,
    };
  }

  /** The database is followed no more. */
  end(databaseId: string): void {
    this.#over.add(databaseId);
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
    const batches = [...this.#folds.values()].map((fold) => fold.drain());
    const changed = batches.filter(({ isChanged }) => isChanged);
    if (changed.length === 0) return;
    this.#writes++;
    const { run } = this.#options;
    try {
      await fenced(run, async (db) => {
        for (const { databaseId, change, problems } of changed) {
          await writeFollowChange(db, databaseId, change);
          await appendProblems(db, databaseId, problems);
        }
        await writeTableChanges(
          db,
          changed.flatMap(({ tables }) => tables),
        );
        await writePhases(
          db,
          run.migrationId,
          changed.flatMap(({ phases }) => phases),
        );
        await appendEvents(
          db,
          run.migrationId,
          changed.flatMap(({ events }) => events),
        );
        const sample = this.#sample();
        if (sample) await appendFollowSample(db, run.migrationId, sample);
        if (this.#writes % THIN_EVERY === 0) await thinFollowSamples(db, run.migrationId);
      });
    } catch (error) {
      this.#takeBack(changed);
      if (error instanceof StaleRunError) this.#options.onStale();
      else
        logger("reporter").warn(
          { err: error, migrationId: run.migrationId },
          "following could not be written",
        );
      throw error;
    }
  }

  /** null before the first figures. */
  #sample(): FollowSampleRow | null {
    const told = [...this.#folds.values()].flatMap(({ figures, databaseId }) =>
      figures ? [{ figures, isOver: this.#over.has(databaseId) }] : [],
    );
    if (told.length === 0) return null;
    const following = told.flatMap(({ figures, isOver }) => (isOver ? [] : figures));
    const ended = this.#options.ended.filter(({ id }) => !this.#folds.has(id));
    const counted = [
      ...told.map(({ figures }) => figures),
      ...ended.flatMap(({ followFigures }) => parseFollowFigures(followFigures) ?? []),
    ];
    const sum = (list: StoredFollowFigures[], of: (figures: StoredFollowFigures) => number) =>
      BigInt(Math.round(list.reduce((total, figures) => total + of(figures), 0)));
    return {
      at: new Date(),
      lagMs: BigInt(Math.round(Math.max(0, ...following.map(({ lagMs }) => lagMs)))),
      lagBytes: sum(following, ({ lagBytes }) => lagBytes),
      appliedChanges: sum(counted, ({ appliedChanges }) => appliedChanges),
      retainedBytes: sum(following, ({ slot }) => slot?.retainedBytes ?? 0),
    };
  }

  #takeBack(batches: readonly FollowBatch[]): void {
    for (const batch of batches) this.#folds.get(batch.databaseId)?.restore(batch);
  }
}
