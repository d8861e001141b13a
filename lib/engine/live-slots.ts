/** Milliseconds after which the limit is asked for again while somebody waits. */
const LOOK_MS = 200;

interface Waiting {
  weight: number;
  grant: () => void;
  refuse: (reason: unknown) => void;
}

/** How many may work at the same time, by a limit that may change at any time; of those that wait the heaviest comes first. */
export class LiveSlots {
  readonly #capacity: () => number;
  readonly #signal: AbortSignal;
  #waiting: Waiting[] = [];
  #taken = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `capacity` is asked again and again; less than 1 counts as 1. An abort ends all waiting. */
  constructor(capacity: () => number, signal: AbortSignal) {
    this.#capacity = capacity;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#refuseAll(), { once: true });
  }

  /** Slots that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** True when more work than may by now: one of them has to leave. */
  get isOverfull(): boolean {
    return this.#taken > this.#limit();
  }

  /**
   * Waits for a free slot and takes it; among those of the same `weight` in the order they came. Throws the reason of either
   * signal when aborted.
   */
  async enter(signal = this.#signal, weight = 0): Promise<void> {
    this.#signal.throwIfAborted();
    signal.throwIfAborted();
    if (this.tryEnter()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { weight, grant: resolve, refuse: reject };
    const lighter = this.#waiting.findIndex((one) => one.weight < weight);
    this.#waiting.splice(lighter < 0 ? this.#waiting.length : lighter, 0, waiting);
    this.#watch();
    const giveUp = () => this.#giveUp(waiting, signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Takes a slot if one is free and nobody waits for it. */
  tryEnter(): boolean {
    if (this.#waiting.length > 0 || this.#taken >= this.#limit()) return false;
    this.#taken++;
    return true;
  }

  /** Gives a slot back, to whoever waits. */
  leave(): void {
    this.#taken--;
    this.#grant();
  }

  /** Lets in whoever a raised limit allows, before the clock would. */
  look(): void {
    this.#grant();
  }

  #limit(): number {
    return Math.max(1, this.#capacity());
  }

  #grant(): void {
    while (this.#taken < this.#limit()) {
      const next = this.#waiting.shift();
      if (!next) break;
      this.#taken++;
      next.grant();
    }
    this.#watch();
  }

  /** A raised limit is noticed by nobody but the clock. */
  #watch(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#grant(), LOOK_MS) : null;
  }

  #giveUp(waiting: Waiting, reason: unknown): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#watch();
    waiting.refuse(reason);
  }

  #refuseAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#watch();
    for (const { refuse } of waiting) refuse(this.#signal.reason);
  }
}
