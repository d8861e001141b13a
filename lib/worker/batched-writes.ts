import type { StoreClient } from "@/lib/store/client";
import { fenced, type Run, StaleRunError } from "@/lib/store/run";
import { logger } from "@/lib/util/log";

const FLUSH_MS = 1_000;
/** Old samples are thinned about once a minute. */
const THIN_EVERY = 60;

/** What has come in since the last write. */
export interface Batch {
  /** `isThinning`: it is time to thin old samples, too. */
  write: (db: StoreClient, isThinning: boolean) => Promise<void>;
  /** The write failed: it belongs to the next batch. */
  takeBack: () => void;
}

export interface BatchedWritesOptions {
  run: Run;
  /** In words, for the log: "progress". */
  what: string;
  /** null when nothing is new. */
  drain: () => Batch | null;
  /** Called when a write finds that the run is superseded. */
  onStale: () => void;
}

/** Writes what has come in at most once a second, each time in one transaction. Writes never overlap. */
export class BatchedWrites implements AsyncDisposable {
  readonly #options: BatchedWritesOptions;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #writes = 0;

  constructor(options: BatchedWritesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS);
  }

  /** Writes what has come in; rejects when it could not be written. */
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
    const { run, what, drain, onStale } = this.#options;
    const batch = drain();
    if (!batch) return;
    this.#writes++;
    const isThinning = this.#writes % THIN_EVERY === 0;
    try {
      await fenced(run, (db) => batch.write(db, isThinning));
    } catch (error) {
      batch.takeBack();
      if (error instanceof StaleRunError) onStale();
      else
        logger("reporter").warn({ err: error, migrationId: run.migrationId }, `${what} could not be written`);
      throw error;
    }
  }
}
