import type { Lsn } from "@/lib/postgres/lsn";
import type { Commit } from "../decode/change";
import type { ApplierOptions } from "./apply-options";
import type { ApplyTally } from "./apply-tally";
import { divergedError, divergenceFailure, objectOf, toApplyError, toDivergence } from "./bad-changes";
import type { Batch } from "./batch";
import { countChanges } from "./count-changes";
import type { LargeTransaction } from "./large-transaction";
import { type BadChange, BadChangeError } from "./planned-change";
import type { TargetWriter, TransactionEnd } from "./target-writer";

/** Commits what was gathered on the target, counts it, and reports what diverged. */
export class BatchCommitter {
  readonly #writer: TargetWriter;
  readonly #tally: ApplyTally;
  readonly #options: Pick<ApplierOptions, "onDivergence" | "onDiverged">;

  constructor(
    writer: TargetWriter,
    tally: ApplyTally,
    options: Pick<ApplierOptions, "onDivergence" | "onDiverged">,
  ) {
    this.#writer = writer;
    this.#tally = tally;
    this.#options = options;
  }

  /**
   * The batch counts as committed when the target has answered, with the next one's statements or at `settle`. Throws CodedError
   * CHANGE_DIVERGED or CHANGE_REFUSED, with the transactions before the bad one committed, or a connection error.
   */
  async commit(batch: Batch): Promise<void> {
    const last = batch.ends.at(-1);
    const onCommitted = () => {
      this.#tally.settled(batch.given);
      if (batch.quietLsn > 0n) this.#tally.quiet(batch.quietLsn);
    };
    try {
      await this.#write(batch, last, onCommitted);
    } catch (error) {
      if (!(error instanceof BadChangeError)) throw error;
      await this.#commitBefore(batch, error);
      throw this.#thrown(error, endOf(batch, error.index)?.endLsn ?? 0n);
    }
  }

  /** Waits until what was written is committed. Throws a connection error, or what the target says. */
  async settle(): Promise<void> {
    await this.#writer.settle();
  }

  /** Throws BadChangeError; nothing of the transaction is committed then. */
  async commitLarge(large: LargeTransaction, commit: Commit): Promise<void> {
    const { counts, diverged, given } = await large.finish(commit);
    this.#tally.applied(counts, diverged.length);
    this.#tally.settled(given);
    this.#tally.committed(1, commit.endLsn, commit.committedAt, counts.size > 0);
    for (const bad of diverged) this.#report(bad, commit.endLsn);
  }

  /** What is to be thrown for an error of a large transaction that ends at `lsn`, or after it when that is not known yet. */
  thrown(error: unknown, lsn: Lsn): unknown {
    return error instanceof BadChangeError ? this.#thrown(error, lsn) : error;
  }

  async #write(batch: Batch, last: TransactionEnd | undefined, onCommitted: () => void): Promise<void> {
    const { changes, ends } = batch;
    const counted = (diverged: BadChange[]) => {
      this.#tally.applied(countChanges(changes, diverged), diverged.length);
      if (last) this.#tally.committed(ends.length, last.endLsn, last.committedAt, changes.length > 0);
      for (const bad of diverged) this.#report(bad, endOf(batch, bad.index)?.endLsn ?? last?.endLsn ?? 0n);
      onCommitted();
    };
    if (last && changes.length > 0) return await this.#writer.write(changes, last, counted);
    // The position must not get ahead of a COMMIT under way.
    await this.settle();
    counted([]);
  }

  /** Everything before the transaction of a bad change. */
  async #commitBefore(batch: Batch, { index }: BadChangeError): Promise<void> {
    const count = endsBefore(batch, index);
    const last = batch.ends[count - 1];
    if (!last) return;
    const changes = batch.changes.slice(0, batch.endsAt[count - 1]);
    await this.#write({ ...batch, ends: batch.ends.slice(0, count), changes }, last, () => undefined);
    await this.settle();
  }

  #thrown(error: BadChangeError, lsn: Lsn): unknown {
    if (!error.divergence) return toApplyError(error.cause, objectOf(error));
    this.#tally.applied(new Map(), 1);
    return divergedError(this.#report(error.divergence, lsn));
  }

  #report(bad: BadChange, lsn: Lsn) {
    const divergence = toDivergence(bad, lsn);
    this.#options.onDiverged(divergence, divergenceFailure(divergence, this.#options.onDivergence));
    return divergence;
  }
}

/** End of the transaction that a change of the batch belongs to. */
function endOf(batch: Batch, index: number): TransactionEnd | undefined {
  return batch.ends[endsBefore(batch, index)];
}

/** How many transactions end before that change. */
function endsBefore({ endsAt }: Batch, index: number): number {
  let [low, high] = [0, endsAt.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((endsAt[middle] ?? 0) > index) high = middle;
    else low = middle + 1;
  }
  return low;
}
