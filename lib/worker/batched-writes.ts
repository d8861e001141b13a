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

/** Who writes, and what keeps others' writes out. */
export interface WriteFence {
  /** Runs `write` in a transaction that fails when the run is superseded. */
  fenced: (write: (db: StoreClient) => Promise<void>) => Promise<void>;
  /** True of that failure. */
  isStale: (error: unknown) => boolean;
  /** For the log. */
  ids: Readonly<Record<string, string>>;
}

/** The fence of a migration's run. */
export function fenceOf(run: Run): WriteFence {
  return {
    fenced: (write) => fenced(run, write),
    isStale: (error) => error instanceof StaleRunError,
    ids: { migrationId: run.migrationId },
  };
}

export interface BatchedWritesOptions {
  fence: WriteFence;
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
    const { fence, what, drain, onStale } = this.#options;
    const batch = drain();
    if (!batch) return;
    this.#writes++;
    const isThinning = this.#writes % THIN_EVERY === 0;
    try {
      await fence.fenced((db) => batch.write(db, isThinning));
    } catch (error) {
      batch.takeBack();
      if (fence.isStale(error)) onStale();
      else logger("reporter").warn({ err: error, ...fence.ids }, `${what} could not be written`);
      throw error;
    }
  }
}
