const HEADER_BYTES = 5;

/** Takes one payload: the bytes from `begin` to before `end`. */
export type TakePayload = (bytes: Buffer, begin: number, end: number) => void;

/**
 * Cuts runs of CopyData, headers included, into the payloads of single messages. A payload that lies within one run is
 * told as a place in it, because a view of each would cost more than reading it; one that is spread over several is put
 * together in a buffer of its exact size.
 */
export class CopyDataAssembler {
  readonly #emit: TakePayload;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerLength = 0;
  #payload: Buffer | null = null;
  #filled = 0;

  constructor(emit: TakePayload) {
    this.#emit = emit;
  }

  /** Takes the next bytes. */
  push(run: Buffer): void {
    let at = 0;
    while (at < run.length) at = this.#payload ? this.#fill(this.#payload, run, at) : this.#begin(run, at);
  }

  #fill(payload: Buffer, run: Buffer, at: number): number {
    const taken = run.copy(payload, this.#filled, at);
    this.#filled += taken;
    if (this.#filled === payload.length) {
      this.#payload = null;
      this.#emit(payload, 0, payload.length);
    }
    return at + taken;
  }

  #begin(run: Buffer, at: number): number {
    if (this.#headerLength === 0 && run.length - at >= HEADER_BYTES)
      return this.#open(run, at + HEADER_BYTES, run.readUInt32BE(at + 1) - 4);
    const taken = run.copy(this.#header, this.#headerLength, at, at + HEADER_BYTES - this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength < HEADER_BYTES) return at + taken;
    this.#headerLength = 0;
    return this.#open(run, at + taken, this.#header.readUInt32BE(1) - 4);
  }

  #open(run: Buffer, begin: number, length: number): number {
    if (run.length - begin >= length) {
      this.#emit(run, begin, begin + length);
      return begin + length;
    }
    this.#payload = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
    return begin;
  }
}
