import type { Duplex } from "node:stream";
import { goOnReading, stopReading } from "../driver-internals";

/** A reading that fills the reader's buffer has more behind it. */
const FULL_BYTES = 60 * 1024;
/** Fewer bytes a millisecond are no backlog: whoever sends so little is not to wait for more. */
const BACKLOG_RATE = 4 * 1024;
/** The rate is taken over so many milliseconds, while there is no backlog over fewer. */
const RATE_MS = 100;
const FIRST_RATE_MS = 20;
/** What is to wait in the sockets in a backlog: more than the reader's holds, less than both do. */
const WANTED_BYTES = 2_500 * 1024;
/** How long it may wait at most, in milliseconds. */
const MOST_AGE_MS = 150;
/** Without a backlog nothing is as old as that: a clock was set. */
const CLOCK_SET_MS = 10_000;
const SHORTEST_MS = 1;
const LONGEST_MS = 40;
/** A sender that pauses for longer, or for this part of what messages may wait, may have been kept waiting. */
const GAP_MS = 4;
const GAP_PART = 0.3;
/** How much of the time that may be, looked at every so many milliseconds in which reading waited for a good part. */
const WAITING_SHARE = 0.25;
const PAUSING_SHARE = 0.3;
const JUDGE_MS = 400;
const SHRINKING = 0.3;
const GROWING = 1.5;

/**
 * Keeps the sockets filled in a backlog. A walsender sends every message by itself. When its reader is as quick, the reader is
 * woken for each of them, and each travels by itself, which costs the sender more than decoding it; behind others that wait
 * they go together. So in a backlog a message is read only when it has waited for a while, which its time of sending tells.
 *
 * How much the sockets hold differs and cannot be asked. When it is less than wanted, the sender is kept waiting, which shows
 * in gaps between its messages: then they wait for less.
 */
export class GatheredReads {
  readonly #stream: Duplex;
  #isPausing = false;
  /** Between both clocks, with the time that a message is under way. */
  #differenceMs = Number.POSITIVE_INFINITY;
  /** When the last message was sent, by the sender's clock; 0: none was. */
  #sentMs = 0;
  /** Bytes a millisecond; 0 while there is no backlog. */
  #rate = 0;
  #rateSince = Date.now();
  #bytes = 0;
  #mostAgeMs = MOST_AGE_MS;
  #judgedAt = Date.now();
  /** Since then: gaps between messages, and pauses that let messages wait. */
  #gapsMs = 0;
  #pausesMs = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Within what is read a message begins that was sent at that time of the sender's clock, in milliseconds since 1970. */
  sent(atMs: number): void {
    const gap = this.#sentMs === 0 ? 0 : atMs - this.#sentMs;
    if (gap > Math.min(GAP_MS, GAP_PART * this.#mostAgeMs)) this.#gapsMs += gap;
    this.#sentMs = atMs;
  }

  /** So many bytes were read: the next reading may wait. */
  took(bytes: number): void {
    this.#bytes += bytes;
    if (this.#isPausing || this.#sentMs === 0) return;
    const now = Date.now();
    const isEmpty = bytes < FULL_BYTES;
    this.#measure(now);
    this.#judge(now);
    const late = now - this.#sentMs;
    const isSet = isEmpty && this.#rate === 0 && late - this.#differenceMs > CLOCK_SET_MS;
    this.#differenceMs = isSet ? late : Math.min(this.#differenceMs, late);
    const left = this.#wantedAgeMs() - (late - this.#differenceMs);
    if (left > 0) {
      const ms = Math.max(SHORTEST_MS, Math.min(left, LONGEST_MS));
      this.#pausesMs += ms;
      this.#pause(ms);
    } else if (isEmpty) this.#pause(SHORTEST_MS);
  }

  /** How long messages are to wait in the sockets, in milliseconds. */
  #wantedAgeMs(): number {
    return this.#rate === 0 ? 0 : Math.min(this.#mostAgeMs, WANTED_BYTES / this.#rate);
  }

  #measure(now: number): void {
    const elapsed = now - this.#rateSince;
    if (elapsed < (this.#rate > 0 ? RATE_MS : FIRST_RATE_MS)) return;
    const rate = this.#bytes / elapsed;
    this.#rate = rate >= BACKLOG_RATE ? rate : 0;
    this.#rateSince = now;
    this.#bytes = 0;
  }

  /** Looks whether the sender is kept waiting. While it is the reader that cannot keep up, nothing is to be learned. */
  #judge(now: number): void {
    const elapsed = now - this.#judgedAt;
    if (elapsed < JUDGE_MS) return;
    if (this.#pausesMs > PAUSING_SHARE * elapsed) {
      const waiting = this.#gapsMs / elapsed;
      const ageMs = this.#mostAgeMs * (waiting > WAITING_SHARE ? Math.max(SHRINKING, 1 - waiting) : GROWING);
      this.#mostAgeMs = Math.max(SHORTEST_MS, Math.min(MOST_AGE_MS, ageMs));
    }
    this.#gapsMs = 0;
    this.#pausesMs = 0;
    this.#judgedAt = now;
  }

  #pause(ms: number): void {
    this.#isPausing = true;
    // After the stream itself has asked for more, which it does when its data was taken.
    queueMicrotask(() => stopReading(this.#stream));
    setTimeout(() => {
      this.#isPausing = false;
      goOnReading(this.#stream);
    }, ms);
  }
}
