import type { VerifiedItem, VerifyReport } from "@/lib/engine/verify/verify-events";
import { appendEvents } from "@/lib/store/events";
import {
  appendRows,
  writeItems,
  writePlannedItems,
  writeSchemaLines,
} from "@/lib/store/verifications/verification-items";
import {
  fencedVerification,
  StaleVerificationError,
  type VerificationRun,
} from "@/lib/store/verifications/verification-run";
import { type Batch, BatchedWrites, type WriteFence } from "../batched-writes";
import { VerificationFold } from "./verification-fold";

/**
 * Takes the events of a verification's databases, one after another, and writes them at most once a second in one transaction. A
 * write that fails is folded into the next; the engine never waits for the store.
 */
export class VerificationReporter implements AsyncDisposable {
  readonly #run: VerificationRun;
  readonly #writes: BatchedWrites;
  #folds: VerificationFold[] = [];

  /** `onStale` is called when a write finds that the run is superseded. */
  constructor(run: VerificationRun, onStale: () => void) {
    this.#run = run;
    const fence: WriteFence = {
      fenced: (write) => fencedVerification(run, write),
      isStale: (error) => error instanceof StaleVerificationError,
      ids: { verificationId: run.verificationId },
    };
    this.#writes = new BatchedWrites({ fence, onStale, what: "verification", drain: () => this.#drain() });
  }

  /** Where the engine reports about one database; what it reported about it before is forgotten. */
  reportOf(database: string, rankOf: (item: VerifiedItem) => number): VerifyReport {
    const fold = new VerificationFold(database, rankOf);
    fold.apply({ type: "planned", items: [] });
    this.#folds = [...this.#folds.filter((other) => other.database !== database), fold];
    return (event) => fold.apply(event);
  }

  /** Writes what has come in; rejects when it could not be written. Writes never overlap. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** Stops the clock and writes the rest. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#writes[Symbol.asyncDispose]();
  }

  #drain(): Batch | null {
    const drained = this.#folds.flatMap((fold) => {
      const batch = fold.drain();
      return batch ? [{ fold, batch }] : [];
    });
    if (drained.length === 0) return null;
    const { verificationId, migrationId } = this.#run;
    return {
      write: async (db) => {
        for (const { batch } of drained) {
          if (batch.planned) await writePlannedItems(db, verificationId, batch.database, batch.planned);
          await writeItems(db, verificationId, batch.items);
          await appendRows(db, verificationId, batch.rows);
          if (batch.lines) await writeSchemaLines(db, verificationId, batch.database, batch.lines);
          await appendEvents(
            db,
            migrationId,
            batch.notes.map((message) => ({
              level: "info",
              kind: "note",
              message,
              database: batch.database,
            })),
          );
        }
      },
      takeBack: () => {
        for (const { fold, batch } of drained) fold.restore(batch);
      },
    };
  }
}
