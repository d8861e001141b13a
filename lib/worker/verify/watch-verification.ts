import { setTimeout as sleep } from "node:timers/promises";
import { type ThrottleLimits, UNTHROTTLED } from "@/lib/engine/throttle";
import {
  readVerificationWishes,
  StaleVerificationError,
  type VerificationRun,
} from "@/lib/store/verifications/verification-run";
import { RunAborted } from "../run-aborted";
import type { WishHints } from "../wish-hints";

const POLL_MS = 1_000;
/** Without an answer of the store for this long another worker may own it; see watch-run.ts. */
const STORE_PATIENCE_MS = 8_000;

/** Follows the wishes and the ownership of a verification until it is disposed of. */
export class VerificationWatch implements AsyncDisposable {
  readonly #run: VerificationRun;
  readonly #hints: WishHints;
  readonly #aborted = new AbortController();
  readonly #ended = new AbortController();
  readonly #watching: Promise<void>;
  #limits: ThrottleLimits = UNTHROTTLED;

  constructor(run: VerificationRun, hints: WishHints) {
    this.#run = run;
    this.#hints = hints;
    this.#watching = this.#watch();
  }

  /** Aborted with a RunAborted when the user cancels, when it is superseded or when the store is lost. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Limits as last read. */
  limits(): ThrottleLimits {
    return this.#limits;
  }

  /** Says that a write found the run superseded. */
  supersede(): void {
    this.#aborted.abort(new RunAborted("superseded"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    let answeredAt = performance.now();
    // A clock of its own: a read that hangs on a dead connection does not come back to look at the time.
    const patience = setInterval(() => {
      if (performance.now() - answeredAt > STORE_PATIENCE_MS)
        this.#aborted.abort(new RunAborted("store-lost"));
    }, POLL_MS);
    try {
      while (!this.#ended.signal.aborted && !this.#aborted.signal.aborted) {
        try {
          const { cancel, bytesPerSecond, connections } = await readVerificationWishes(this.#run);
          answeredAt = performance.now();
          this.#limits = { bytesPerSecond, connections };
          if (cancel) this.#aborted.abort(new RunAborted("canceled"));
        } catch (error) {
          // Its own end makes it unreadable, too.
          if (error instanceof StaleVerificationError && !this.#ended.signal.aborted) this.supersede();
        }
        await this.#pause();
      }
    } finally {
      clearInterval(patience);
    }
  }

  /** Waits for the next poll, hint or end, whichever comes first. */
  async #pause(): Promise<void> {
    const waiting = new AbortController();
    const wake = () => waiting.abort();
    this.#hints.once(this.#run.verificationId, wake);
    this.#ended.signal.addEventListener("abort", wake, { once: true });
    try {
      if (!this.#ended.signal.aborted) await sleep(POLL_MS, undefined, { signal: waiting.signal });
    } catch {
      // Woken early, which is the purpose.
    } finally {
      this.#hints.off(this.#run.verificationId, wake);
      this.#ended.signal.removeEventListener("abort", wake);
    }
  }
}
