const FIRST_BYTES = 64 * 1024;

/** Builds messages of the extended query protocol (protocol-message-formats.html), one after the other in one buffer. */
export class FrameWriter {
  readonly #encoding: BufferEncoding;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;
  #begin = 0;

  constructor(encoding: BufferEncoding) {
    this.#encoding = encoding;
  }

  get bytes(): number {
    return this.#at;
  }

  /** What was written, which is the caller's from then on. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
    this.#at = 0;
    return taken;
  }

  /** Types of the parameters are left to the casts in the statement. */
  parse(name: string, sql: string): void {
    this.#open("P");
    this.#text(name);
    this.#text(sql);
    this.#int16(0);
    this.#close();
  }

  /** All values as text, for the unnamed portal. */
  bind(statement: string, values: readonly (string | null)[]): void {
    this.#open("B");
    this.#text("");
    this.#text(statement);
    this.#int16(0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#close();
  }

  execute(): void {
    this.#open("E");
    this.#text("");
    this.#int32(0);
    this.#close();
  }

  /** Forgets a prepared statement. */
  closeStatement(name: string): void {
    this.#open("C");
    this.#byte("S".charCodeAt(0));
    this.#text(name);
    this.#close();
  }

  sync(): void {
    this.#open("S");
    this.#close();
  }

  #open(type: string): void {
    this.#byte(type.charCodeAt(0));
    this.#begin = this.#at;
    this.#int32(0);
  }

  #close(): void {
    this.#buffer.writeInt32BE(this.#at - this.#begin, this.#begin);
  }

  #value(value: string | null): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    this.#int32(0);
    const begin = this.#at;
    this.#string(value);
    this.#buffer.writeInt32BE(this.#at - begin, begin - 4);
  }

  #text(text: string): void {
    this.#string(text);
    this.#byte(0);
  }

  #string(text: string): void {
    // No character takes more than three bytes for each of its units; of long ones it is worth to count.
    this.#ensure(text.length < 4096 ? text.length * 3 : Buffer.byteLength(text, this.#encoding));
    this.#at += this.#buffer.write(text, this.#at, this.#encoding);
  }

  #byte(value: number): void {
    this.#ensure(1);
    this.#buffer[this.#at++] = value;
  }

  #int16(value: number): void {
    this.#ensure(2);
    this.#at = this.#buffer.writeUInt16BE(value, this.#at);
  }

  #int32(value: number): void {
    this.#ensure(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  #ensure(count: number): void {
    if (this.#at + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + count));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
