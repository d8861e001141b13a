import { type Lsn, maxLsn } from "@/lib/postgres/lsn";
import type { ApplyCounters, ApplyPosition } from "./apply-options";
import type { CountedChanges } from "./count-changes";

/** Counts what was committed, and how far that is. */
export class ApplyTally {
  #appliedLsn: Lsn;
  #flushedLsn: Lsn;
  /** As the target's own record of its progress has it. */
  #writtenLsn: Lsn;
  #committedAtMs: number | null = null;
  readonly #counters: ApplyCounters = {
    pendingChanges: 0,
    appliedChanges: 0,
    inserts: 0,
    updates: 0,
    deletes: 0,
    truncates: 0,
    transactions: 0,
    divergences: 0,
  };

  constructor(progressLsn: Lsn) {
    this.#appliedLsn = progressLsn;
    this.#flushedLsn = progressLsn;
    this.#writtenLsn = progressLsn;
  }

  get counters(): ApplyCounters {
    return { ...this.#counters };
  }

  get position(): ApplyPosition {
    return {
      appliedLsn: this.#appliedLsn,
      flushedLsn: this.#flushedLsn,
      committedAtMs: this.#committedAtMs,
    };
  }

  /** How far the target's own record of its progress is; what it does not know of must not be acknowledged to the slot. */
  get writtenLsn(): Lsn {
    return this.#writtenLsn;
  }

  /** Row changes that were given. */
  taken(changes: number): void {
    this.#counters.pendingChanges += changes;
  }

  /** Those are done, applied or not wanted. */
  settled(changes: number): void {
    this.#counters.pendingChanges -= changes;
  }

  /** `transactions` that end at `endLsn` are on the target; `committedAt` in microseconds since 1970. */
  committed(transactions: number, endLsn: Lsn, committedAt: number, wrote: boolean): void {
    this.#counters.transactions += transactions;
    this.#appliedLsn = maxLsn(this.#appliedLsn, endLsn);
    if (wrote) this.#writtenLsn = maxLsn(this.#writtenLsn, endLsn);
    this.#committedAtMs = committedAt / 1000;
  }

  /** Nothing else is to be applied up to there. */
  quiet(lsn: Lsn): void {
    this.#appliedLsn = maxLsn(this.#appliedLsn, lsn);
  }

  /** The target has noted that it is so far, although no row was changed. */
  noted(lsn: Lsn): void {
    this.#writtenLsn = maxLsn(this.#writtenLsn, lsn);
  }

  flushed(lsn: Lsn): void {
    this.#flushedLsn = maxLsn(this.#flushedLsn, lsn);
  }

  /** Changes that are committed, and how many diverged and were left out. */
  applied(counts: CountedChanges, divergences: number): void {
    this.#counters.divergences += divergences;
    for (const [table, sums] of counts) {
      for (const counter of ["inserts", "updates", "deletes", "truncates"] as const) {
        table[counter] += sums[counter];
        this.#counters[counter] += sums[counter];
        this.#counters.appliedChanges += sums[counter];
      }
    }
  }
}
