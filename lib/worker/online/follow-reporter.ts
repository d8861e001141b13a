import type { FollowEvent } from "@/lib/engine/cdc/follow-options";
import type { MigrationDatabase } from "@/lib/generated/prisma/client";
import {
  parseFollowFigures,
  parseStoppedTables,
  type StoredFollowFigures,
} from "@/lib/migrations/follow-figures";
import { type StoreClient, store } from "@/lib/store/client";
import { appendEvents } from "@/lib/store/events";
import { readTableChanges, writeFollowChange, writeTableChanges } from "@/lib/store/online/follow-progress";
import { appendFollowSample, type FollowSampleRow } from "@/lib/store/online/follow-samples";
import { writePhases } from "@/lib/store/phases";
import { appendProblems } from "@/lib/store/problems";
import type { Run } from "@/lib/store/run";
import { thinSamples } from "@/lib/store/samples";
import { type Batch, BatchedWrites, fenceOf } from "../batched-writes";
import { type FollowBatch, FollowFold } from "./follow-fold";

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
  readonly #writes: BatchedWrites;

  constructor(options: FollowReporterOptions) {
    this.#options = options;
    const { run, onStale } = options;
    this.#writes = new BatchedWrites({
      fence: fenceOf(run),
      onStale,
      what: "following",
      drain: () => this.#drain(),
    });
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

  /** Writes what has come in; rejects when it could not be written. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** Stops the clock and writes the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes[Symbol.asyncDispose]();
  }

  #drain(): Batch | null {
    const batches = [...this.#folds.values()].map((fold) => fold.drain());
    const changed = batches.filter(({ isChanged }) => isChanged);
    if (changed.length === 0) return null;
    return {
      write: (db, isThinning) => this.#write(db, changed, isThinning),
      takeBack: () => this.#takeBack(changed),
    };
  }

  async #write(db: StoreClient, changed: readonly FollowBatch[], isThinning: boolean): Promise<void> {
    const { migrationId } = this.#options.run;
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
      migrationId,
      changed.flatMap(({ phases }) => phases),
    );
    await appendEvents(
      db,
      migrationId,
      changed.flatMap(({ events }) => events),
    );
    const sample = this.#sample();
    if (sample) await appendFollowSample(db, migrationId, sample);
    if (isThinning) await thinSamples(db, migrationId, { of: "migration_follow_sample" });
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
