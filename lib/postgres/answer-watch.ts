import type pg from "pg";
import { readBackendState } from "./backend-state";
import type { ConnectionSettings } from "./connection-settings";
import { isWaiting, processIdOf, streamOf } from "./driver-internals";

const TICK_MS = 2_000;
/** Silence after which an answer's backend is looked for, doubled each time: a look costs the server a login. */
const FIRST_MS = 4_000;
const LONGEST_MS = 30_000;
/** Silence in which a network, were there one, would have brought a short question over and its answer back. */
const PATIENCE_MS = 8_000;
/** A longer question is given so much more; a network that is slower counts as none. */
const SLOWEST_BYTES_PER_MS = 16;

/**
 * Watches a session for as long as it is open, or until disposed. On a connection that died in silence an answer would be
 * waited for for ever: when nothing has come for some seconds, another session looks what the backend does. When it is not there
 * any more, or waits for its client at two looks as we wait for it, the connection is closed, so that the query fails. `isAsked`:
 * whether one is waited for; by default what the driver says. A backend that works, or waits for a lock, is left alone.
 */
export function watchAnswers(
  client: pg.Client,
  settings: ConnectionSettings,
  isAsked = () => isWaiting(client),
): Disposable {
  const ended = new AbortController();
  const stream = streamOf(client) as ReturnType<typeof streamOf> & {
    bytesRead?: number;
    bytesWritten?: number;
  };
  const hear = () => ({
    read: stream.bytesRead,
    written: stream.bytesWritten ?? 0,
    at: performance.now(),
  });
  let [heard, lookAt, waitMs] = [hear(), performance.now() + FIRST_MS, FIRST_MS];
  let [isLooking, wasWaiting] = [false, false];
  const isSilent = () => isAsked() && stream.bytesRead === heard.read;
  const isLost = () => {
    const questionBytes = (stream.bytesWritten ?? 0) - heard.written;
    return performance.now() - heard.at >= PATIENCE_MS + questionBytes / SLOWEST_BYTES_PER_MS;
  };
  const look = async () => {
    isLooking = true;
    const state = await readBackendState(settings, processIdOf(client), ended.signal);
    isLooking = false;
    if (ended.signal.aborted || !isSilent()) return;
    const isWaitingForUs = state === "network";
    if (state === "gone" || (isWaitingForUs && wasWaiting && isLost())) stream.destroy();
    wasWaiting = isWaitingForUs;
    waitMs = isWaitingForUs ? FIRST_MS : Math.min(waitMs * 2, LONGEST_MS);
    lookAt = performance.now() + waitMs;
  };
  const tick = () => {
    if (isLooking) return;
    if (!isSilent()) {
      [heard, lookAt, waitMs, wasWaiting] = [hear(), performance.now() + FIRST_MS, FIRST_MS, false];
    } else if (performance.now() >= lookAt) void look();
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
