import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CopyDataAssembler } from "@/lib/postgres/replication/copy-data-assembler";
import { subtransactionOf } from "./decode/pgoutput";

const MEMORY_BYTES = 1024 * 1024;
/** Messages are framed as they came, so that what reads the stream reads the file too. */
const COPY_DATA = 0x64;
const READ_BYTES = 256 * 1024;

/**
 * Messages of a large transaction that the source sends before it has ended: in memory up to 1 MiB, then in a file, so
 * that memory stays bounded whatever its size. Nothing of it may be applied before its commit.
 */
export class StreamedTransaction {
  readonly #path: string;
  readonly #aborted = new Set<number>();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #file: FileHandle | null = null;
  #fileBytes = 0;

  /** `folder` must exist; the file is removed by `dispose`, and by the system when the process dies. */
  constructor(folder: string, name: string) {
    this.#path = join(folder, name);
  }

  /** Bytes kept, wherever. */
  get bytes(): number {
    return this.#fileBytes + this.#pendingBytes;
  }

  /** True when `spill` should be called before more is added. */
  get isFull(): boolean {
    return this.#pendingBytes >= MEMORY_BYTES;
  }

  /** Takes a message: the bytes from `begin` to before `end`, which stay the caller's. */
  add(bytes: Buffer, begin: number, end: number): void {
    const framed = Buffer.allocUnsafe(end - begin + 5);
    framed[0] = COPY_DATA;
    framed.writeUInt32BE(end - begin + 4, 1);
    bytes.copy(framed, 5, begin, end);
    this.#pending.push(framed);
    this.#pendingBytes += framed.length;
  }

  /** Moves what is in memory to the file. Throws what the file system reports. */
  async spill(): Promise<void> {
    if (!this.#file) {
      this.#file = await open(this.#path, "wx+", 0o600);
      // Open but without a name: gone with the process, however it ends.
      await unlink(this.#path);
    }
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#fileBytes);
      at += bytesWritten;
      this.#fileBytes += bytesWritten;
    }
  }

  /** A part of the transaction was rolled back. */
  abort(subxid: number): void {
    this.#aborted.add(subxid);
  }

  /** What was not rolled back, in order, in batches. Throws what the file system reports. */
  async *replay(): AsyncGenerator<Buffer[]> {
    let batch: Buffer[] = [];
    const assembler = new CopyDataAssembler((bytes, begin, end) => {
      const payload = bytes.subarray(begin, end);
      const subxid = subtransactionOf(payload);
      if (subxid === null || !this.#aborted.has(subxid)) batch.push(payload);
    });
    for (let at = 0; this.#file && at < this.#fileBytes; ) {
      const length = Math.min(READ_BYTES, this.#fileBytes - at);
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) throw new Error("the file of a large transaction was cut off");
      at += bytesRead;
      assembler.push(buffer.subarray(0, bytesRead));
      if (batch.length > 0) yield batch;
      batch = [];
    }
    for (const framed of this.#pending) assembler.push(framed);
    if (batch.length > 0) yield batch;
  }

  /** Frees memory and file. Never throws. */
  async dispose(): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => undefined);
  }
}
