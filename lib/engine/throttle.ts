/** Limits a move keeps to; null is no limit. They may change at any time while it runs. */
export interface ThrottleLimits {
  /** Bytes of table data per second over all connections of one throttle. */
  bytesPerSecond: number | null;
  /** Pairs of copy connections, and index builds, at the same time; at least 1. */
  connections: number | null;
}

export const UNTHROTTLED: ThrottleLimits = { bytesPerSecond: null, connections: null };

/** The limits are asked for again after so many milliseconds, and whoever waits looks again. */
const LOOK_MS = 200;
/** What may be saved up while little flows, as seconds of the limit. */
const BURST_S = 0.25;

/**
 * Keeps several streams of bytes, together, to a rate that may change at any time: a token bucket that may be overdrawn by one
 * chunk, so that any chunk fits through any rate. Waiting costs one timer, however many wait.
 */
export class Throttle implements Disposable {
  readonly #read: () => ThrottleLimits;
  readonly #waiting = new Set<() => void>();
  #limits: ThrottleLimits = UNTHROTTLED;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Bytes that may pass now; negative while overdrawn. */
  #available = 0;
  #filledAt = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: () => ThrottleLimits = () => UNTHROTTLED) {
    this.#read = limits;
  }

  /** The limits as of the last 200 ms; a number that makes no sense is taken for the nearest one that does. */
  get limits(): ThrottleLimits {
    const now = performance.now();
    if (now - this.#readAt >= LOOK_MS) {
      const { bytesPerSecond, connections } = this.#read();
      this.#limits = {
        bytesPerSecond: bytesPerSecond === null ? null : Math.max(1, bytesPerSecond),
        connections: connections === null ? null : Math.max(1, Math.floor(connections)),
      };
      this.#readAt = now;
    }
    return this.#limits;
  }

  /** True while somebody waits for the rate to let him go on. */
  get isHolding(): boolean {
    return this.#waiting.size > 0;
  }

  /** Counts bytes that pass. False when the sender has to pause until `resume` is called; never throws. */
  spend(bytes: number, resume: () => void): boolean {
    this.#fill();
    if (this.limits.bytesPerSecond === null) return true;
    this.#available -= bytes;
    if (this.#available >= 0) return true;
    this.#waiting.add(resume);
    this.#schedule();
    return false;
  }

  /** Takes back a `resume` that is not wanted any more. */
  forget(resume: () => void): void {
    this.#waiting.delete(resume);
    if (this.#waiting.size === 0) this.#stop();
  }

  /** Counts bytes that pass and waits as long as the rate demands. Throws the signal's reason when aborted. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.spend(bytes, resolve)) return;
    const abort = () => resolve();
    signal.addEventListener("abort", abort, { once: true });
    await promise;
    signal.removeEventListener("abort", abort);
    this.forget(resolve);
    signal.throwIfAborted();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#wake();
  }

  #fill(): void {
    const now = performance.now();
    const rate = this.limits.bytesPerSecond;
    if (rate === null) this.#available = 0;
    else {
      const gained = ((now - this.#filledAt) / 1_000) * rate;
      this.#available = Math.min(rate * BURST_S, this.#available + gained);
    }
    this.#filledAt = now;
  }

  #schedule(): void {
    const rate = this.limits.bytesPerSecond;
    const need = rate === null ? 0 : (-this.#available / rate) * 1_000;
    this.#timer ??= setTimeout(() => this.#look(), Math.min(LOOK_MS, Math.ceil(need)));
  }

  #look(): void {
    this.#timer = null;
    this.#fill();
    if (this.#available >= 0) this.#wake();
    else if (this.isHolding) this.#schedule();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
