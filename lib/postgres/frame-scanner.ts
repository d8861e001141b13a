/** Type byte of CopyData, the only message that is not collected. */
const COPY_DATA = 0x64;

const HEADER_BYTES = 5;

export interface FrameSink {
  /** A run of complete or partial CopyData messages, headers included, exactly as received. */
  onCopyData(bytes: Buffer): void;
  /** Any other message: its type letter and payload. */
  onMessage(type: string, payload: Buffer): void;
}

/**
 * Cuts a backend's byte stream into messages without copying or collecting CopyData: only the 5-byte headers are read
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html). Memory stays flat whatever a value's size.
 */
export class FrameScanner {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerLength = 0;
  #type = 0;
  #remaining = 0;
  #payload: Buffer[] = [];
  #copyDataSeen = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** CopyData messages begun so far; a server sends one for each row, and one more at the end of a binary copy. */
  get copyDataSeen(): number {
    return this.#copyDataSeen;
  }

  /** Takes the next bytes from the socket. */
  scan(chunk: Buffer): void {
    let at = 0;
    /** Where the run of CopyData bytes begins that was not handed out yet; -1 when there is none. */
    let run = -1;
    const handOut = (end: number) => {
      if (run >= 0) this.#sink.onCopyData(chunk.subarray(run, end));
      run = -1;
    };
    while (at < chunk.length) {
      if (this.#remaining > 0) {
        const end = Math.min(chunk.length, at + this.#remaining);
        if (this.#type === COPY_DATA && run < 0) run = at;
        this.#remaining -= end - at;
        if (this.#type !== COPY_DATA) this.#collect(chunk.subarray(at, end));
        at = end;
      } else if (this.#headerLength === 0 && chunk.length - at >= HEADER_BYTES) {
        if (chunk[at] !== COPY_DATA) handOut(at);
        else if (run < 0) run = at;
        this.#begin(chunk[at] ?? 0, chunk.readUInt32BE(at + 1));
        at += HEADER_BYTES;
      } else {
        handOut(at);
        at += this.#takeSplitHeader(chunk, at);
      }
    }
    handOut(chunk.length);
  }

  /** A header cut in two by the end of a chunk; returns how many of its bytes were taken. */
  #takeSplitHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#header, this.#headerLength, at, at + HEADER_BYTES - this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength === HEADER_BYTES) {
      this.#headerLength = 0;
      if (this.#header[0] === COPY_DATA) this.#sink.onCopyData(Buffer.from(this.#header));
      this.#begin(this.#header[0] ?? 0, this.#header.readUInt32BE(1));
    }
    return taken;
  }

  #begin(type: number, length: number): void {
    this.#type = type;
    this.#remaining = length - 4;
    if (type === COPY_DATA) this.#copyDataSeen++;
    else if (this.#remaining === 0) this.#emit();
  }

  #collect(part: Buffer): void {
    this.#payload.push(part);
    if (this.#remaining === 0) this.#emit();
  }

  #emit(): void {
    const payload = Buffer.concat(this.#payload);
    this.#payload = [];
    this.#sink.onMessage(String.fromCharCode(this.#type), payload);
  }
}
