/** Pauses before a database is gone on with after a failure that may pass, in ms; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 4_000, 5_000];

/** So often in a row an attempt may move data and yet finish nothing: what breaks it is then no accident. */
const FRUITLESS_ATTEMPTS = 10;

/**
 * Decides how long a database is tried again after failures that may pass. As long as something gets finished it goes on for
 * ever; without any sign of life it ends after the limit.
 */
export class Patience {
  readonly #limitMs: number;
  readonly #pausesMs: readonly number[];
  readonly #now: () => number;
  #failures = 0;
  #fruitless = 0;
  #moved = false;
  #failingSince: number | null = null;

  /** `pausesMs`: the last one repeats. */
  constructor(
    limitMs: number,
    now: () => number = () => performance.now(),
    pausesMs: readonly number[] = PAUSES_MS,
  ) {
    this.#limitMs = limitMs;
    this.#pausesMs = pausesMs;
    this.#now = now;
  }

  /** Milliseconds since the first failure; 0 when something was finished after it. */
  get ms(): number {
    return this.#failingSince === null ? 0 : this.#now() - this.#failingSince;
  }

  /** Something was finished for good: whatever failed before is forgotten. */
  progress(): void {
    this.#fruitless = 0;
    this.#forget();
  }

  /** Data moves, though nothing is finished yet. */
  alive(): void {
    this.#moved = true;
  }

  /** Milliseconds to wait after a failure; null when it is time to give up. */
  failed(): number | null {
    if (this.#moved) {
      this.#forget();
      if (++this.#fruitless > FRUITLESS_ATTEMPTS) return null;
    }
    const now = this.#now();
    this.#failingSince ??= now;
    if (now - this.#failingSince > this.#limitMs) return null;
    const pause = this.#pausesMs[Math.min(this.#failures, this.#pausesMs.length - 1)];
    this.#failures++;
    return pause ?? null;
  }

  #forget(): void {
    this.#moved = false;
    this.#failures = 0;
    this.#failingSince = null;
  }
}
