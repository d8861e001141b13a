import type { Lsn } from "@/lib/postgres/lsn";
import { readLsn, readMicros } from "@/lib/postgres/replication/wal-message";
import {
  BEGIN,
  type Change,
  type Commit,
  type Delete,
  type Insert,
  type NewValue,
  type OldRow,
  type OldValue,
  type Relation,
  type ReplicaIdentity,
  type Truncate,
  UNCHANGED,
  type Update,
} from "./change";
import type { DescribedRelation, ShownColumn, UnknownRelation } from "./relation-source";

/** A piece of a large transaction that is still under way begins. */
export interface StreamStart {
  kind: "streamStart";
  xid: number;
}

export interface StreamStop {
  kind: "streamStop";
}

/** A transaction that was streamed, or when `subxid` is another one a part of it, was rolled back. */
export interface StreamAbort {
  kind: "streamAbort";
  xid: number;
  subxid: number;
}

export interface StreamCommit extends Omit<Commit, "kind"> {
  kind: "streamCommit";
  xid: number;
}

export type PgOutputMessage =
  | Change
  | StreamStart
  | StreamStop
  | StreamAbort
  | StreamCommit
  | UnknownRelation
  /** Says nothing about rows. */
  | { kind: "none" };

/** Options of pgoutput for a server: the newest protocol it knows, streaming of large transactions where there is. */
export function pgOutputOptions(version: number, publications: readonly string[]): Record<string, string> {
  const names = publications.map((name) => `"${name.replaceAll('"', '""')}"`).join(",");
  if (version < 140_000) return { proto_version: "1", publication_names: names };
  const protocol = version >= 160_000 ? "4" : version >= 150_000 ? "3" : "2";
  return { proto_version: protocol, publication_names: names, streaming: "on", messages: "on" };
}

const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

/**
 * Reads the binary messages of the output plugin pgoutput (protocol-logicalrep-message-formats.html), versions 1 to 4. A
 * Relation message comes back as `unknown`: `learn` it and go on. Throws RangeError or SyntaxError on what it cannot read.
 */
export class PgOutput {
  readonly #reader: Reader;
  readonly #relations = new Map<number, Relation>();

  constructor(encoding: BufferEncoding = "utf8") {
    this.#reader = new Reader(encoding);
  }

  /** Takes a relation under the number its message had; changes that follow are of this one. */
  learn({ relation }: DescribedRelation, oid: number): void {
    this.#relations.set(oid, relation);
  }

  /**
   * Reads the message that lies from `begin` to before `end`. `isStreamed`: it was sent between StreamStart and StreamStop, where
   * each names its (sub)transaction.
   */
  decode(bytes: Buffer, isStreamed: boolean, begin = 0, end = bytes.length): PgOutputMessage {
    const reader = this.#reader;
    reader.open(bytes, begin, end);
    const type = reader.letter();
    if (isStreamed && "RYIUDTM".includes(type)) reader.uint32();
    switch (type) {
      case "I":
        return this.#readInsert(reader);
      case "U":
        return this.#readUpdate(reader);
      case "D":
        return this.#readDelete(reader);
      case "T":
        return this.#readTruncate(reader);
      case "B":
        // Where its commit ends, the time of it, and its number: the Commit tells what is needed.
        reader.skip(20);
        return BEGIN;
      case "C":
        return readCommit(reader);
      case "R":
        return readRelation(reader);
      case "M":
        return readMessage(reader);
      case "Y":
      case "O":
        return { kind: "none" };
      default:
        return readStreamMessage(type, reader);
    }
  }

  #readInsert(reader: Reader): Insert {
    const relation = this.#relation(reader.uint32());
    reader.expect("N");
    return { kind: "insert", relation, values: reader.row(relation) };
  }

  #readUpdate(reader: Reader): Update {
    const relation = this.#relation(reader.uint32());
    const type = reader.letter();
    if (type === "N") return { kind: "update", relation, old: null, values: reader.row(relation) };
    const old = readOldRow(reader, relation, type);
    reader.expect("N");
    return { kind: "update", relation, old, values: reader.row(relation) };
  }

  #readDelete(reader: Reader): Delete {
    const relation = this.#relation(reader.uint32());
    return { kind: "delete", relation, old: readOldRow(reader, relation, reader.letter()) };
  }

  #readTruncate(reader: Reader): Truncate {
    const count = reader.uint32();
    const flags = reader.byte();
    const relations = Array.from({ length: count }, () => this.#relation(reader.uint32()));
    return { kind: "truncate", relations, cascade: (flags & 1) !== 0, restartIdentity: (flags & 2) !== 0 };
  }

  #relation(oid: number): Relation {
    const relation = this.#relations.get(oid);
    if (!relation) throw new SyntaxError(`a change of relation ${oid}, which was not described`);
    return relation;
  }
}

/** The (sub)transaction a message of a streamed piece belongs to; null of one without, or that must outlive its rollback. */
export function subtransactionOf(payload: Buffer): number | null {
  const type = String.fromCharCode(payload[0] ?? 0);
  // A relation is described once for the whole transaction, in whichever part of it was changed first.
  return "IUDTM".includes(type) ? payload.readUInt32BE(1) : null;
}

function readCommit(reader: Reader): Commit {
  // Flags, and where the commit's record begins.
  reader.skip(9);
  const endLsn = reader.lsn();
  return { kind: "commit", endLsn, committedAt: reader.time() };
}

function readStreamMessage(type: string, reader: Reader): PgOutputMessage {
  if (type === "S") return { kind: "streamStart", xid: reader.uint32() };
  if (type === "E") return { kind: "streamStop" };
  if (type === "A") return { kind: "streamAbort", xid: reader.uint32(), subxid: reader.uint32() };
  if (type === "c") {
    const xid = reader.uint32();
    return { ...readCommit(reader), kind: "streamCommit", xid };
  }
  throw new SyntaxError(`unknown message ${JSON.stringify(type)}`);
}

function readMessage(reader: Reader): Change {
  const isTransactional = (reader.byte() & 1) !== 0;
  reader.skip(8);
  const prefix = reader.text();
  return { kind: "message", isTransactional, prefix, content: reader.bytes(reader.uint32()) };
}

function readRelation(reader: Reader): UnknownRelation {
  const oid = reader.uint32();
  // Of pg_catalog the name is left empty.
  const schema = reader.text() || "pg_catalog";
  const name = reader.text();
  const replicaIdentity = IDENTITIES[reader.letter()] ?? null;
  const columns = Array.from({ length: reader.uint16() }, (): ShownColumn => {
    const isKey = (reader.byte() & 1) !== 0;
    const column = { isKey, name: reader.text(), typeOid: reader.uint32(), typeName: null };
    reader.skip(4);
    return column;
  });
  return { kind: "unknown", schema, name, columns, replicaIdentity, oid };
}

/** A key comes with NULL in place of all other columns. */
function readOldRow(reader: Reader, relation: Relation, type: string): OldRow {
  if (type !== "K" && type !== "O") throw new SyntaxError("an old row of unknown form");
  const kind = type === "O" ? "full" : "key";
  const row = reader.row(relation);
  const values: OldValue[] = new Array(row.length);
  for (let index = 0; index < row.length; index++) {
    const isTold = kind === "full" || relation.columns[index]?.isKey;
    const value = isTold ? row[index] : undefined;
    if (value === UNCHANGED) throw new SyntaxError("an old row leaves out a value");
    values[index] = value;
  }
  return { kind, values };
}

/** Reads one message after the other. */
class Reader {
  readonly #encoding: BufferEncoding;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  constructor(encoding: BufferEncoding) {
    this.#encoding = encoding;
  }

  /** Goes on with the message that lies from `begin` to before `end`. */
  open(bytes: Buffer, begin: number, end: number): void {
    this.#bytes = bytes;
    this.#at = begin;
    this.#end = end;
  }

  skip(count: number): void {
    this.#pass(count);
  }

  byte(): number {
    return this.#bytes[this.#pass(1)] ?? 0;
  }

  letter(): string {
    return String.fromCharCode(this.byte());
  }

  expect(letter: string): void {
    const found = this.letter();
    if (found !== letter) throw new SyntaxError(`expected ${letter}, found ${JSON.stringify(found)}`);
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#pass(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#pass(4));
  }

  lsn(): Lsn {
    return readLsn(this.#bytes, this.#pass(8));
  }

  /** Microseconds since 1970. */
  time(): number {
    return readMicros(this.#bytes, this.#pass(8));
  }

  /** Up to a null byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0 || end >= this.#end) throw new SyntaxError("a text without its end");
    const text = this.#bytes.toString(this.#encoding, this.#at, end);
    this.#at = end + 1;
    return text;
  }

  bytes(length: number): Buffer {
    return this.#bytes.subarray(this.#pass(length), this.#at);
  }

  value(length: number): string {
    const begin = this.#pass(length);
    return this.#bytes.toString(this.#encoding, begin, this.#at);
  }

  #pass(length: number): number {
    const begin = this.#at;
    if (begin + length > this.#end) throw new SyntaxError("a message is cut off");
    this.#at = begin + length;
    return begin;
  }

  /** TupleData. */
  row(relation: Relation): NewValue[] {
    const count = this.uint16();
    if (count !== relation.columns.length) throw new SyntaxError("a row of another length than its relation");
    const values: NewValue[] = new Array(count);
    for (let index = 0; index < count; index++) {
      const kind = this.byte();
      if (kind === 0x74) values[index] = this.value(this.uint32());
      else if (kind === 0x6e) values[index] = null;
      else if (kind === 0x75) values[index] = UNCHANGED;
      else throw new SyntaxError("a value in a format that was not asked for");
    }
    return values;
  }
}
