import type { WalData } from "@/lib/postgres/replication/wal-message";
import { CodedError } from "@/lib/util/coded-error";
import { BEGIN, type Change } from "./decode/change";
import type { PgOutput, PgOutputMessage, StreamAbort, StreamCommit } from "./decode/pgoutput";
import type { RelationSource, UnknownRelation } from "./decode/relation-source";
import type { TestDecoding } from "./decode/test-decoding";
import { StreamedTransaction } from "./streamed-transaction";

/** Where changes go. */
export interface ChangeSink {
  push(change: Change): unknown;
}

/** Puts changes into `out` at once or later; those of a large transaction come in batches of their own. */
export type ReadStep = undefined | Promise<void> | AsyncGenerator<Change[]>;

/** Turns what an output plugin sends into changes. */
export interface ChangeReader {
  read(data: WalData, out: ChangeSink): ReadStep;
  /** Bytes of transactions that were received but have not been committed on the source. */
  readonly spooledBytes: number;
  dispose(): Promise<void>;
}

/** CodedError CHANGE_UNREADABLE in place of what a decoder throws. */
function readingError(cause: unknown): unknown {
  if (!(cause instanceof SyntaxError || cause instanceof RangeError || cause instanceof TypeError))
    return cause;
  // The text of the change itself is a customer's data and is not shown.
  return new CodedError("CHANGE_UNREADABLE", `A change could not be read: ${cause.message}.`, { cause });
}

export class TestDecodingReader implements ChangeReader {
  readonly #decoder: TestDecoding;
  readonly #relations: RelationSource;
  readonly spooledBytes = 0;

  constructor(decoder: TestDecoding, relations: RelationSource) {
    this.#decoder = decoder;
    this.#relations = relations;
  }

  read(data: WalData, out: ChangeSink): ReadStep {
    const change = this.#decode(data);
    if (change.kind === "unknown") return this.#learn(change, data, out);
    out.push(change);
    return undefined;
  }

  #decode(data: WalData): Change | UnknownRelation {
    try {
      return this.#decoder.decode(data);
    } catch (error) {
      throw readingError(error);
    }
  }

  async #learn(first: UnknownRelation, data: WalData, out: ChangeSink): Promise<void> {
    for (let change: Change | UnknownRelation = first; ; ) {
      if (change.kind !== "unknown") {
        out.push(change);
        return;
      }
      const described = await this.#relations.describe(change);
      this.#decoder.learn(described);
      out.push({ kind: "relation", relation: described.relation });
      change = this.#decode(data);
    }
  }

  async dispose(): Promise<void> {
    // It keeps nothing outside of memory.
  }
}

export class PgOutputReader implements ChangeReader {
  readonly #decoder: PgOutput;
  readonly #relations: RelationSource;
  readonly #folder: string;
  readonly #name: string;
  readonly #streamed = new Map<number, StreamedTransaction>();
  /** The streamed transaction whose piece is being sent. */
  #current: StreamedTransaction | null = null;

  /** Files of large transactions go to `folder` under names that begin with `name`. */
  constructor(decoder: PgOutput, relations: RelationSource, folder: string, name: string) {
    this.#decoder = decoder;
    this.#relations = relations;
    this.#folder = folder;
    this.#name = name;
  }

  get spooledBytes(): number {
    let bytes = 0;
    for (const transaction of this.#streamed.values()) bytes += transaction.bytes;
    return bytes;
  }

  read({ bytes, begin, end }: WalData, out: ChangeSink): ReadStep {
    const isStop = bytes[begin] === 0x45;
    if (this.#current && !isStop) {
      this.#current.add(bytes, begin, end);
      return this.#current.isFull ? this.#current.spill() : undefined;
    }
    const message = this.#decode(bytes, false, begin, end);
    switch (message.kind) {
      case "none":
        return undefined;
      case "unknown":
        return this.#learn(message, out);
      case "streamStart":
        this.#current = this.#transaction(message.xid);
        return undefined;
      case "streamStop":
        this.#current = null;
        return undefined;
      case "streamAbort":
        return this.#abort(message);
      case "streamCommit":
        return this.#replay(message);
      default:
        out.push(message);
        return undefined;
    }
  }

  async dispose(): Promise<void> {
    for (const transaction of this.#streamed.values()) await transaction.dispose();
    this.#streamed.clear();
  }

  #decode(bytes: Buffer, isStreamed: boolean, begin: number, end: number): PgOutputMessage {
    try {
      return this.#decoder.decode(bytes, isStreamed, begin, end);
    } catch (error) {
      throw readingError(error);
    }
  }

  #transaction(xid: number): StreamedTransaction {
    const known = this.#streamed.get(xid);
    if (known) return known;
    const transaction = new StreamedTransaction(this.#folder, `${this.#name}-${process.pid}-${xid}`);
    this.#streamed.set(xid, transaction);
    return transaction;
  }

  #abort({ xid, subxid }: StreamAbort): ReadStep {
    const transaction = this.#streamed.get(xid);
    if (xid !== subxid) {
      transaction?.abort(subxid);
      return undefined;
    }
    this.#streamed.delete(xid);
    return transaction?.dispose();
  }

  async #learn(unknown: UnknownRelation, out: ChangeSink): Promise<void> {
    const described = await this.#relations.describe(unknown);
    this.#decoder.learn(described, unknown.oid ?? 0);
    out.push({ kind: "relation", relation: described.relation });
  }

  async *#replay(commit: StreamCommit): AsyncGenerator<Change[]> {
    const transaction = this.#streamed.get(commit.xid);
    try {
      yield [BEGIN];
      for await (const payloads of transaction?.replay() ?? []) {
        const out: Change[] = [];
        for (const payload of payloads) {
          const message = this.#decode(payload, true, 0, payload.length);
          if (message.kind === "unknown") await this.#learn(message, out);
          else if (isRowChange(message)) out.push(message);
        }
        yield out;
      }
      const { endLsn, committedAt } = commit;
      yield [{ kind: "commit", endLsn, committedAt }];
    } finally {
      this.#streamed.delete(commit.xid);
      await transaction?.dispose();
    }
  }
}

function isRowChange(message: PgOutputMessage): message is Change {
  return ["insert", "update", "delete", "truncate", "message"].includes(message.kind);
}
