import { setTimeout as sleep } from "node:timers/promises";
import { toCodedError } from "@/lib/postgres/errors";

/** Pauses of a look at the servers that fails for a reason that may pass, in ms: a server that restarts is back by then. */
const PAUSES_MS = [1_000, 2_000, 4_000, 5_000, 5_000];

/** A server that was there a moment ago, and is restarting or cut off. */
const INTERRUPTED: ReadonlySet<string> = new Set([
  "CONNECTION_LOST",
  "CONNECTION_RESET",
  "SERVER_STARTING",
  "TOO_MANY_CONNECTIONS",
]);

/** No answer at all: mostly a wrong address, so it only counts as an interruption when the server was there before. */
const UNREACHABLE: ReadonlySet<string> = new Set(["CONNECTION_REFUSED", "CONNECTION_TIMED_OUT"]);

export interface BriefPatience {
  signal: AbortSignal;
  /** True when both servers have just been spoken to. */
  wereThere: boolean;
  /** Default: five, of 17 s together. */
  pausesMs?: readonly number[];
}

/**
 * Does `look` again while `codesOf` its result names nothing but interruptions, for about 17 s; then returns it as it is.
 * An empty list of codes is a result to keep.
 */
export async function lookBriefly<T>(
  { signal, wereThere, pausesMs = PAUSES_MS }: BriefPatience,
  look: () => Promise<T>,
  codesOf: (result: T) => readonly string[],
): Promise<T> {
  let known = wereThere;
  for (let attempt = 0; ; attempt++) {
    const result = await look();
    const codes = codesOf(result);
    const pause = pausesMs[attempt];
    const passing = codes.every((code) => INTERRUPTED.has(code) || (known && UNREACHABLE.has(code)));
    if (codes.length === 0 || !passing || pause === undefined) return result;
    known = true;
    await sleep(pause, undefined, { signal });
  }
}

/** The same for a look that throws. */
export async function askBriefly<T>(patience: BriefPatience, ask: () => Promise<T>): Promise<T> {
  const outcome = await lookBriefly(
    patience,
    () =>
      ask().then(
        (value) => ({ value }),
        (error: unknown) => {
          patience.signal.throwIfAborted();
          return { error };
        },
      ),
    (result) => ("error" in result ? [toCodedError(result.error, "INTERNAL").code] : []),
  );
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
