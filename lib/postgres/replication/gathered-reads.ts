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

/**
 * Lets small pieces gather in the socket. A walsender sends every message by itself; a reader that is as quick would be woken
 * for each of them, which costs both sides more than the message. In a backlog the pauses grow until the sender's messages
 * come in large segments.
 */
export class GatheredReads {
  readonly #stream: Duplex;
  #isPausing = false;
  #pauseMs = SHORTEST_MS;
  /** Bytes since the last pause. */
  #gathered = 0;

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
    if (this.#gathered < LITTLE_BYTES) return SHORTEST_MS;
    const wanted = (this.#pauseMs * WANTED_BYTES) / this.#gathered;
    return Math.max(SHORTEST_MS, Math.min(LONGEST_MS, wanted, this.#pauseMs * 2));
  }
}
