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
/** Pauses are judged by so many at a time: what comes in one varies with what the source decodes. */
const GROUP = 8;
/** A socket that held as much in one of them is none that holds little. */
const MUCH_BYTES = 512 * 1024;
/** Half the pause that brings this part of the bytes was long enough. */
const NEARLY_ALL = 0.75;
/** How long a shorter pause is kept to before longer ones are tried again: the window may have grown. */
const KEPT_MS = 5_000;

interface Gathering {
  pauseMs: number;
  bytes: number;
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
  /** Bytes since the last pause began. */
  #gathered = 0;
  #group: Gathering[] = [];
  /** The group before, while pauses of half its length are tried. */
  #before: Gathering | undefined;
  /** Longer pauses brought hardly more, and until when that is taken for true. */
  #ceilingMs = LONGEST_MS;
  #keptUntil = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** So many bytes were read: when nothing is behind them, the next reading waits. */
  took(bytes: number): void {
    this.#gathered += bytes;
    if (bytes >= FULL_BYTES || this.#isPausing) return;
    this.#pauseMs = this.#nextPause();
    this.#gathered = 0;
    this.#isPausing = true;
    // After the stream itself has asked for more, which it does when its data was taken.
    queueMicrotask(() => stopReading(this.#stream));
    setTimeout(() => {
      this.#isPausing = false;
      goOnReading(this.#stream);
    }, this.#pauseMs);
  }

  #nextPause(): number {
    const [pauseMs, bytes] = [this.#pauseMs, this.#gathered];
    if (bytes < LITTLE_BYTES) return SHORTEST_MS;
    this.#group.push({ pauseMs, bytes });
    if (this.#group.length === GROUP) this.#judge(this.#group.splice(0));
    const wanted = Math.min((pauseMs * WANTED_BYTES) / bytes, pauseMs * 2, this.#ceilingMs);
    return Math.max(SHORTEST_MS, wanted);
  }

  /** Sets the ceiling of the pauses by what a group of them brought. */
  #judge(group: readonly Gathering[]): void {
    const now = {
      pauseMs: mean(group.map((one) => one.pauseMs)),
      bytes: mean(group.map((one) => one.bytes)),
    };
    const before = this.#before;
    this.#before = undefined;
    if (group.some(({ bytes }) => bytes >= MUCH_BYTES)) this.#ceilingMs = LONGEST_MS;
    else if (before && now.bytes < NEARLY_ALL * before.bytes) {
      this.#ceilingMs = before.pauseMs;
      this.#keptUntil = performance.now() + KEPT_MS;
    } else if (this.#ceilingMs < LONGEST_MS && !before && performance.now() >= this.#keptUntil)
      this.#ceilingMs = LONGEST_MS;
    else if (before || this.#ceilingMs === LONGEST_MS) {
      this.#before = now;
      this.#ceilingMs = now.pauseMs / 2;
    }
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0) / numbers.length;
}
