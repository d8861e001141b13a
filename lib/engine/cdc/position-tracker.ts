import { type Lsn, maxLsn, NO_LSN } from "@/lib/postgres/lsn";

/**
 * What may be confirmed to a slot: the end of the last transaction the target has flushed, or a later place up to which
 * nothing else was committed. So a keepalive moves the position only past transactions that are all flushed.
 */
export class PositionTracker {
  #handedOut: Lsn;
  #flushed: Lsn;
  /** Nothing was committed between the ends of `after` and `lsn`. */
  #quiet: { after: Lsn; lsn: Lsn } | null = null;

  /** `flushed`: what the target has already. */
  constructor(flushed: Lsn = NO_LSN) {
    this.#handedOut = flushed;
    this.#flushed = flushed;
  }

  /** A transaction whose commit record ends there is handed to the consumer. */
  handOut(endLsn: Lsn): void {
    this.#handedOut = maxLsn(this.#handedOut, endLsn);
  }

  /** Every transaction committed before `lsn` was handed out, none is under way. */
  quiet(lsn: Lsn): void {
    this.#quiet = { after: this.#handedOut, lsn };
  }

  /** The target has flushed all transactions whose commit ends at or before `endLsn`. */
  flush(endLsn: Lsn): void {
    this.#flushed = maxLsn(this.#flushed, endLsn);
  }

  /** True when the consumer has flushed all it was given. */
  get isDrained(): boolean {
    return this.#flushed >= this.#handedOut;
  }

  /** What may be confirmed now. Never moves back. */
  get confirmable(): Lsn {
    const quiet = this.#quiet;
    if (quiet && this.#flushed >= quiet.after) this.#flushed = maxLsn(this.#flushed, quiet.lsn);
    return this.#flushed;
  }
}
