import { type ThrottleLimits, UNTHROTTLED } from "@/lib/engine/throttle";

/** The limits of a migration, shared out among the databases that move at the same time. They may change at any moment. */
export class RunLimits {
  #limits: ThrottleLimits = UNTHROTTLED;
  #sharers = 0;

  set(limits: ThrottleLimits): void {
    this.#limits = limits;
  }

  /** Limits of the whole migration. */
  get whole(): ThrottleLimits {
    return this.#limits;
  }

  /** Takes part until disposed; `limits` says the own share as of now. Each share has at least one connection. */
  join(): Disposable & { limits: () => ThrottleLimits } {
    this.#sharers++;
    let joined = true;
    return {
      limits: () => this.#share(),
      [Symbol.dispose]: () => {
        if (joined) this.#sharers--;
        joined = false;
      },
    };
  }

  #share(): ThrottleLimits {
    const sharers = Math.max(1, this.#sharers);
    const { bytesPerSecond, connections } = this.#limits;
    return {
      bytesPerSecond: bytesPerSecond === null ? null : bytesPerSecond / sharers,
      connections: connections === null ? null : Math.max(1, Math.floor(connections / sharers)),
    };
  }
}
