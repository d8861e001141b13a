import type { Duplex } from "node:stream";
import { goOnReading, stopReading } from "../driver-internals";

/** What is this large costs little for each of its bytes. */
const ENOUGH_BYTES = 16 * 1024;
const PAUSE_MS = 1;

/**
 * Lets small pieces gather in the socket. A walsender sends every message by itself; a reader that is as quick would be woken for
 * each of them, which costs both sides more than the message.
 */
export class GatheredReads {
  readonly #stream: Duplex;
  #isPausing = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** So many bytes were read: when that is little, the next reading waits for a millisecond. */
  took(bytes: number): void {
    if (bytes >= ENOUGH_BYTES || this.#isPausing) return;
    this.#isPausing = true;
    // After the stream itself has asked for more, which it does when its data was taken.
    queueMicrotask(() => stopReading(this.#stream));
    setTimeout(() => {
      this.#isPausing = false;
      goOnReading(this.#stream);
    }, PAUSE_MS);
  }
}
