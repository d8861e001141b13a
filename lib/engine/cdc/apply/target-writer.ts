import type { Lsn } from "@/lib/postgres/lsn";
import { CodedError } from "@/lib/util/coded-error";
import type { DivergencePolicy } from "../follow-options";
import { applyFolded } from "./apply-folded";
import { applyInOrder } from "./apply-in-order";
import { ALL_TABLES, FoldPauses } from "./fold-pauses";
import { type PipelineSession, StatementError } from "./pipeline-session";
import { type BadChange, BadChangeError, type PlannedChange } from "./planned-change";
import type { Progress } from "./progress";

export interface TargetWriterOptions {
  policy: DivergencePolicy;
  /** Neither triggers nor foreign keys fire, nor are deferrable constraints looked at. */
  isReplica: boolean;
}

/** Where a transaction leaves the target. */
export interface TransactionEnd {
  endLsn: Lsn;
  /** Microseconds since 1970. */
  committedAt: number;
}

/** A target whose answers take at least so many milliseconds is not waited for more often than needed. */
const FAR_MS = 2;

/** A batch is tried so often, each time with the changes of one more table in order; then all of it goes in order. */
const MOST_TRIES = 4;

/** Makes transactions of the target out of changes. */
export class TargetWriter {
  readonly #session: PipelineSession;
  readonly #progress: Progress;
  readonly #options: TargetWriterOptions;
  readonly #pauses = new FoldPauses();
  #foldedChanges = 0;
  #isRolledBack = false;

  constructor(session: PipelineSession, progress: Progress, options: TargetWriterOptions) {
    this.#session = session;
    this.#progress = progress;
    this.#options = options;
  }

  /** Changes that went together; all others were applied one by one. */
  get foldedChanges(): number {
    return this.#foldedChanges;
  }

  /**
   * Applies changes in a transaction of their own; `onCommitted` is told of those that diverged and were left out. A target that
   * is far away may not have answered to the COMMIT yet: it does so together with what is sent next, else `settle` waits for it. Throws
   * BadChangeError, with nothing of it committed, StatementError of this or the last COMMIT, or a connection error.
   */
  async write(
    changes: readonly PlannedChange[],
    end: TransactionEnd,
    onCommitted: (diverged: BadChange[]) => void,
  ): Promise<void> {
    this.begin();
    if (await this.#fold(changes)) {
      this.#sendCommit(end, () => onCommitted([]));
      // In such a session nothing is looked at as late as at the COMMIT.
      if (this.#options.isReplica && this.#session.fastestMs >= FAR_MS) return this.#session.flush();
      try {
        await this.settle();
        return;
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        this.begin();
      }
    }
    const diverged = await this.#inOrder(changes);
    await this.finish(end);
    onCommitted(diverged);
  }

  /** Queues the beginning of a transaction. */
  begin(): void {
    this.#session.send("begin");
    if (!this.#options.isReplica) this.#session.send("set constraints all deferred");
  }

  /** Applies changes in the open transaction. Returns and throws as `write`. */
  async writePiece(changes: readonly PlannedChange[]): Promise<BadChange[]> {
    return (await this.#fold(changes)) ? [] : await this.#inOrder(changes);
  }

  /** Commits the open transaction together with its position. Throws StatementError or a connection error. */
  async finish(end: TransactionEnd): Promise<void> {
    this.#sendCommit(end);
    await this.settle();
  }

  /** Waits for the answer to a COMMIT that is under way. Throws as `finish`. */
  async settle(): Promise<void> {
    if (this.#session.queued > 0) await this.#session.sync();
    this.#throwIfRolledBack();
  }

  #sendCommit({ endLsn, committedAt }: TransactionEnd, onCommitted?: () => void): void {
    this.#throwIfRolledBack();
    this.#progress.send(endLsn, committedAt);
    this.#session.send("commit", [], ({ tag }) => {
      if (tag === "COMMIT") onCommitted?.();
      else this.#isRolledBack = true;
    });
  }

  #throwIfRolledBack(): void {
    if (!this.#isRolledBack) return;
    throw new CodedError("INTERNAL", "The target rolled a transaction back instead of committing it.");
  }

  /** False, with nothing of it done, when the changes have to be applied in order. */
  async #fold(changes: readonly PlannedChange[]): Promise<boolean> {
    // What a trigger does may depend on the order, across tables too.
    if (changes.some((change) => change.kind === "row" && change.plan.hasFiringTriggers)) return false;
    const batch = this.#pauses.nextBatch();
    if (batch.isPaused(ALL_TABLES)) return false;
    for (let tries = 1; ; tries++) {
      const failure = await applyFolded(this.#session, changes, (table) => batch.isPaused(table));
      if (!failure) {
        batch.succeeded();
        this.#foldedChanges += changes.filter(
          (change) => change.kind === "row" && !batch.isPaused(change.plan.id),
        ).length;
        return true;
      }
      const { table } = failure;
      if (table === null || batch.isPaused(table) || tries === MOST_TRIES) break;
      batch.failed(table);
    }
    batch.failed(ALL_TABLES);
    return false;
  }

  async #inOrder(changes: readonly PlannedChange[]): Promise<BadChange[]> {
    try {
      return await applyInOrder(this.#session, changes, this.#options.policy);
    } catch (error) {
      if (error instanceof BadChangeError) {
        this.#session.send("rollback");
        await this.#session.sync();
      }
      throw error;
    }
  }
}
