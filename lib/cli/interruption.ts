/** The user's or the system's wish that a command ends: Ctrl-C, SIGTERM, or the death of the process it serves. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal: stop cleanly. */
  asked: AbortSignal;
  /** Aborted by a second one: stop now. */
  forced: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One press of Ctrl-C may come twice: from the terminal to the whole group, and passed on by npm. */
const SAME_PRESS_MS = 300;

/** Where signals come from; the process, but for tests. */
type SignalSource = Pick<NodeJS.EventEmitter, "on" | "off">;

/** Listens until disposed. */
export function watchSignals(source: SignalSource = process, now: () => number = Date.now): Interruption {
  const asked = new AbortController();
  const forced = new AbortController();
  let firstAt = 0;
  const onSignal = () => {
    if (!asked.signal.aborted) {
      firstAt = now();
      asked.abort();
    } else if (now() - firstAt > SAME_PRESS_MS) {
      forced.abort();
    }
  };
  const onDisconnect = () => asked.abort();
  for (const signal of SIGNALS) source.on(signal, onSignal);
  source.on("disconnect", onDisconnect);
  return {
    asked: asked.signal,
    forced: forced.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) source.off(signal, onSignal);
      source.off("disconnect", onDisconnect);
    },
  };
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
