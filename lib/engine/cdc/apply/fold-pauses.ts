/** Batches for which it is not tried again after a failure, doubled each time in a row. */
const MOST_BATCHES = 32;

/** Stands for every table: what failed was none's alone. Ids of tables are never empty. */
export const ALL_TABLES = "";

interface Pause {
  /** Batches for which it still holds. */
  left: number;
  /** How long the next one is. */
  next: number;
}

/**
 * Remembers whose changes could not be put together, so that a table whose unique values change places again and again costs
 * neither others their speed nor every batch a vain try.
 */
export class FoldPauses {
  readonly #pauses = new Map<string, Pause>();

  /** What holds for the next batch. */
  nextBatch(): BatchPauses {
    return new BatchPauses(this.#pauses);
  }
}

/** Pauses of one batch. A table's pause gets shorter only by batches in which it is asked for. */
export class BatchPauses {
  readonly #pauses: Map<string, Pause>;
  readonly #asked = new Map<string, boolean>();

  constructor(pauses: Map<string, Pause>) {
    this.#pauses = pauses;
  }

  isPaused(table: string): boolean {
    const known = this.#asked.get(table);
    if (known !== undefined) return known;
    const pause = this.#pauses.get(table);
    const isPaused = pause !== undefined && pause.left > 0;
    if (isPaused) pause.left--;
    this.#asked.set(table, isPaused);
    return isPaused;
  }

  /** It has to be in order in this batch and in some after it. */
  failed(table: string): void {
    const next = this.#pauses.get(table)?.next ?? 1;
    this.#pauses.set(table, { left: next, next: Math.min(next * 2, MOST_BATCHES) });
    this.#asked.set(table, true);
  }

  /** The batch was applied: those that were tried and did not fail are forgotten. */
  succeeded(): void {
    for (const [table, isPaused] of this.#asked) if (!isPaused) this.#pauses.delete(table);
  }
}
