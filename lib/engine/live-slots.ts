/** Milliseconds after which whoever waits asks for the limit again. */
const LOOK_MS = 200;

/** How many may work at the same time, by a limit that may change at any time. */
export class LiveSlots implements Disposable {
  readonly #capacity: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `capacity` is asked again and again; less than 1 counts as 1. */
  constructor(capacity: () => number) {
    this.#capacity = capacity;
  }

  /** True when more work than may by now: one of them has to leave. */
  get isOverfull(): boolean {
    return this.#taken > Math.max(1, this.#capacity());
  }

  /** Waits for a free slot and takes it. Throws the signal's reason when aborted. */
  async enter(signal: AbortSignal): Promise<void> {
    while (this.#taken >= Math.max(1, this.#capacity())) {
      signal.throwIfAborted();
      await this.#changed(signal);
    }
    signal.throwIfAborted();
    this.#taken++;
  }

  leave(): void {
    this.#taken--;
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.#wake();
  }

  /** Resolves when something may have changed: a slot came free, the limit was raised, or it is over. */
  async #changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#timer ??= setTimeout(() => this.#wake(), LOOK_MS);
    signal.addEventListener("abort", this.#wake, { once: true });
    await promise;
    signal.removeEventListener("abort", this.#wake);
  }

  readonly #wake = (): void => {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const resolve of this.#waiting.splice(0)) resolve();
  };
}
