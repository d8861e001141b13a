import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Relation, type Truncate, UNCHANGED } from "../decode/change";
import type { KeyedChange } from "./fold";

const MEMORY_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

/**
 * Changes that wait on disk until it is known whether they are wanted, so that memory stays bounded. One change a line, as
 * JSON; relations are kept in memory and named by number. The file has no name: it is gone with the process.
 */
export class ChangeSpool implements AsyncDisposable {
  readonly #path: string;
  readonly #relations: Relation[] = [];
  readonly #numbers = new Map<Relation, number>();
  #pending = "";
  #file: FileHandle | null = null;
  #bytes = 0;

  constructor(folder: string | undefined, name: string) {
    this.#path = join(folder ?? tmpdir(), `${name}-${process.pid}-${Math.random().toString(36).slice(2)}`);
  }

  /** Throws what the file system reports. */
  async add(change: KeyedChange | Truncate): Promise<void> {
    const numbered =
      change.kind === "truncate"
        ? { ...change, relations: change.relations.map((relation) => this.#numberOf(relation)) }
        : { ...change, relation: this.#numberOf(change.relation) };
    // Neither a symbol nor undefined is JSON; no value is a number or a boolean.
    this.#pending += `${JSON.stringify(numbered, (_, value: unknown) => {
      if (value === UNCHANGED) return 0;
      return value === undefined ? false : value;
    })}\n`;
    if (this.#pending.length >= MEMORY_BYTES) await this.#write();
  }

  /** Everything in order, in batches. Throws what the file system reports. */
  async *read(): AsyncGenerator<(KeyedChange | Truncate)[]> {
    await this.#write();
    if (!this.#file) return;
    let rest = Buffer.alloc(0);
    for (let at = 0; at < this.#bytes; ) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
      if (bytesRead === 0) throw new Error("the file of a large transaction was cut off");
      at += bytesRead;
      const all = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = all.lastIndexOf(0x0a) + 1;
      rest = all.subarray(end);
      if (end > 0)
        yield all
          .toString("utf8", 0, end - 1)
          .split("\n")
          .map((line) => this.#parse(line));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
  }

  #numberOf(relation: Relation): number {
    let number = this.#numbers.get(relation);
    if (number === undefined) {
      number = this.#relations.push(relation) - 1;
      this.#numbers.set(relation, number);
    }
    return number;
  }

  async #write(): Promise<void> {
    if (this.#pending === "") return;
    if (!this.#file) {
      this.#file = await open(this.#path, "wx+", 0o600);
      await unlink(this.#path);
    }
    const bytes = Buffer.from(this.#pending, "utf8");
    this.#pending = "";
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#bytes);
      at += bytesWritten;
      this.#bytes += bytesWritten;
    }
  }

  #parse(line: string): KeyedChange | Truncate {
    const change = JSON.parse(line);
    for (const values of [change.values, change.old?.values])
      for (const [at, value] of (values ?? []).entries()) {
        if (value === 0) values[at] = UNCHANGED;
        else if (value === false) values[at] = undefined;
      }
    if (change.kind === "truncate")
      return { ...change, relations: change.relations.map((number: number) => this.#relations[number]) };
    return { ...change, relation: this.#relations[change.relation] };
  }
}
