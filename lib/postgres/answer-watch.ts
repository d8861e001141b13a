import type pg from "pg";
import { readBackendState } from "./backend-state";
import type { ConnectionSettings } from "./connection-settings";
import { isWaiting, processIdOf, streamOf } from "./driver-internals";

const TICK_MS = 2_000;
/** Silence after which an answer's backend is looked for, doubled each time: a look costs the server a login. */
const FIRST_MS = 4_000;
const LONGEST_MS = 30_000;

/**
 * Watches a session for as long as it is open, or until disposed. On a connection that died in silence an answer would be waited for for ever: when
 * nothing has come for some seconds, another session looks whether the backend is still there, and when it is not, the
 * connection is closed, so that the query fails. `isAsked`: whether one is waited for; by default what the driver says. A backend that works, or waits for a lock, is left alone.
 */
export function watchAnswers(
  client: pg.Client,
  settings: ConnectionSettings,
  isAsked = () => isWaiting(client),
): Disposable {
  const ended = new AbortController();
  const stream = streamOf(client) as ReturnType<typeof streamOf> & { bytesRead?: number };
  let [bytes, since, waitMs, isLooking] = [stream.bytesRead, performance.now(), FIRST_MS, false];
  const look = async () => {
    isLooking = true;
    const state = await readBackendState(settings, processIdOf(client), ended.signal);
    isLooking = false;
    const isSilent = isAsked() && stream.bytesRead === bytes;
    if (state === "gone" && isSilent && !ended.signal.aborted) stream.destroy();
    [since, waitMs] = [performance.now(), Math.min(waitMs * 2, LONGEST_MS)];
  };
  const tick = () => {
    if (isLooking) return;
    if (!isAsked() || stream.bytesRead !== bytes)
      [bytes, since, waitMs] = [stream.bytesRead, performance.now(), FIRST_MS];
    else if (performance.now() - since >= waitMs) void look();
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();
  const end = () => {
    clearInterval(timer);
    ended.abort();
    client.off("end", end);
  };
  client.once("end", end);
  return { [Symbol.dispose]: end };
}
