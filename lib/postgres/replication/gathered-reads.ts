import type { Duplex } from "node:stream";
import { goOnReading, stopReading } from "../driver-internals";

/** A reading that fills the reader's buffer has more behind it. */
const FULL_BYTES = 60 * 1024;
/** Less than this in a pause is no backlog: whoever writes so little is not to wait for more. */
const LITTLE_BYTES = 16 * 1024;
/** What a pause in a backlog is to bring: below what sockets hold, so that the sender is not kept waiting. */
const WANTED_BYTES = 768 * 1024;
const SHORTEST_MS = 1;
const LONGEST_MS = 40;
/** Every so many pauses one of half the length shows whether the sender was kept waiting. */
const PROBE_EVERY = 16;
/** A socket that lately held as much is none that holds little. */
const MUCH_BYTES = 512 * 1024;
/** What was held fades, by so much a pause: a window may shrink. */
const FADING = 0.95;
/** Two pauses less far apart than this tell nothing. */
const TELLING_RATIO = 1.3;

/** What came between the beginnings of two pauses. */
interface Gathering {
  ms: number;
  bytes: number;
  pauseMs: number;
}

/**
 * Lets small pieces gather in the socket. A walsender sends every message by itself; a reader that is as quick would be woken
 * for each of them, which costs both sides more than the message. In a backlog the pauses grow until the sender's messages
 * come in large segments.
 *
 * How much a socket holds differs and cannot be asked: its window grows with use. A pause beyond that only keeps the sender
 * waiting, which shows in that a shorter one brings nearly as much; pauses are kept to the shorter one then.
 */
export class GatheredReads {
  readonly #stream: Duplex;
  #isPausing = false;
  #pauseMs = SHORTEST_MS;
  /** Bytes since the last pause began, and when that was. */
  #gathered = 0;
  #since = performance.now();
  #before: Gathering | undefined;
  #pauses = 0;
  /** The most that came in a pause lately. */
  #most = 0;
  /** Longer pauses brought nothing more. */
  #ceilingMs = LONGEST_MS;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** So many bytes were read: when nothing is behind them, the next reading waits. */
  took(bytes: number): void {
    this.#gathered += bytes;
    if (bytes >= FULL_BYTES || this.#isPausing) return;
    this.#pauseMs = this.#nextPause();
    this.#gathered = 0;
    this.#since = performance.now();
    this.#isPausing = true;
    // After the stream itself has asked for more, which it does when its data was taken.
    queueMicrotask(() => stopReading(this.#stream));
    setTimeout(() => {
      this.#isPausing = false;
      goOnReading(this.#stream);
    }, this.#pauseMs);
  }

  #nextPause(): number {
    const now = { ms: performance.now() - this.#since, bytes: this.#gathered, pauseMs: this.#pauseMs };
    const before = this.#before;
    this.#before = now;
    if (now.bytes < LITTLE_BYTES) return SHORTEST_MS;
    this.#most = Math.max(now.bytes, this.#most * FADING);
    const holdsLittle = this.#most < MUCH_BYTES;
    if (!holdsLittle) this.#ceilingMs = LONGEST_MS;
    else if (before) this.#ceilingMs = ceilingOf(before, now) ?? this.#ceilingMs;
    this.#pauses += 1;
    const isProbe = holdsLittle && this.#pauses % PROBE_EVERY === 0;
    const wanted = (now.pauseMs * WANTED_BYTES) / now.bytes;
    const next = isProbe ? now.pauseMs / 2 : Math.min(wanted, now.pauseMs * 2);
    return Math.max(SHORTEST_MS, Math.min(this.#ceilingMs, next));
  }
}

/** The longest pause that is of use, from two of different length; undefined when they are too alike to tell. */
function ceilingOf(one: Gathering, other: Gathering): number | undefined {
  const [short, long] = one.ms < other.ms ? [one, other] : [other, one];
  const ratio = long.ms / short.ms;
  if (ratio < TELLING_RATIO) return undefined;
  return long.bytes < (short.bytes * (1 + ratio)) / 2 ? short.pauseMs : LONGEST_MS;
}
