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
import { logger } from "@/lib/util/log";
import { VerificationFold } from "./verification-fold";

const FLUSH_MS = 1_000;

/**
 * Takes the events of a verification's databases, one after another, and writes them at most once a second in one transaction. A
 * write that fails is folded into the next; the engine never waits for the store.
 */
export class VerificationReporter implements AsyncDisposable {
  readonly #run: VerificationRun;
  readonly #onStale: () => void;
  readonly #timer: NodeJS.Timeout;
  #folds: VerificationFold[] = [];
  #writing: Promise<void> = Promise.resolve();

  /** `onStale` is called when a write finds that the run is superseded. */
  constructor(run: VerificationRun, onStale: () => void) {
    this.#run = run;
    this.#onStale = onStale;
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS);
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
    const drained = this.#folds.flatMap((fold) => {
      const batch = fold.drain();
      return batch ? [{ fold, batch }] : [];
    });
    if (drained.length === 0) return;
    const { verificationId, migrationId } = this.#run;
    try {
      await fencedVerification(this.#run, async (db) => {
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
      });
    } catch (error) {
      for (const { fold, batch } of drained) fold.restore(batch);
      if (error instanceof StaleVerificationError) this.#onStale();
      else logger("reporter").warn({ err: error, verificationId }, "verification could not be written");
      throw error;
    }
  }
}
