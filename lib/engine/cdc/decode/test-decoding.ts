import { lsnOf, type WalData } from "@/lib/postgres/replication/wal-message";
import { type TextReader, textReader } from "../encodings";
import {
  type Begin,
  type Change,
  type Commit,
  type Delete,
  type Insert,
  type Message,
  type NewValue,
  type OldRow,
  type OldValue,
  type Relation,
  type Truncate,
  UNCHANGED,
  type Update,
} from "./change";
import { CommitClock } from "./commit-clock";
import type { DescribedRelation, ShownColumn, UnknownRelation } from "./relation-source";
import { TextCursor } from "./tuple-text";

/** Plugin options the decoder counts on. Known to servers from 9.5 on. */
export const TEST_DECODING_OPTIONS = {
  "include-xids": "on",
  "include-timestamp": "on",
  "skip-empty-xacts": "on",
};

interface Known {
  relation: Relation;
  printedTypes: readonly string[];
  /** ` name[type]:` of each column, by which a change of known shape is read without parsing names. */
  prefixes: string[];
  byName: Map<string, number>;
}

interface TableName {
  schema: string;
  name: string;
  /** Of both, for maps. */
  key: string;
}

interface Column {
  name: string;
  typeName: string;
  value: NewValue;
}

/**
 * Reads the text of the output plugin test_decoding. A change of a relation that is not known, or whose columns are other
 * ones by now, comes back as `unknown`: `learn` it and decode the same text again. Throws SyntaxError on what it cannot read.
 */
export class TestDecoding {
  readonly #readText: TextReader;
  readonly #clock = new CommitClock();
  readonly #cursor = new TextCursor("");
  readonly #known = new Map<string, Known>();
  /** Names as they are printed, quotes and all: saves parsing them. */
  readonly #printed = new Map<string, TableName>();
  /** Relations whose catalogue was asked again in this transaction, because a change did not fit. */
  readonly #rechecked = new Set<string>();

  /** `readText` turns bytes of the database's encoding into text; absent: UTF-8. */
  constructor(readText: TextReader = textReader("UTF8")) {
    this.#readText = readText;
  }

  /** Takes a relation that `decode` asked for, in place of the one of the same name. */
  learn({ relation, printedTypes }: DescribedRelation): void {
    const { columns } = relation;
    this.#known.set(keyOf(relation.schema, relation.name), {
      relation,
      printedTypes,
      prefixes: columns.map(({ name }, index) => ` ${printIdentifier(name)}[${printedTypes[index]}]:`),
      byName: new Map(columns.map(({ name }, index) => [name, index])),
    });
  }

  decode(data: WalData): Change | UnknownRelation {
    const { bytes, begin, end } = data;
    if (bytes[begin] === LETTER_B) {
      const started = readBegin(data);
      if (started) {
        this.#rechecked.clear();
        return started;
      }
    } else if (bytes[begin] === LETTER_C) return this.#readCommit(data);
    const text = this.#readText(bytes, begin, end);
    if (text.startsWith("table ")) return this.#readTable(text);
    if (text.startsWith("message: ")) return readMessage(bytes.subarray(begin, end));
    throw new SyntaxError("neither a transaction nor a change");
  }

  /** `COMMIT`, a number, and in brackets the time; like `BEGIN` read without making a text of it. */
  #readCommit(data: WalData): Commit {
    const { bytes, begin, end } = data;
    if (bytes[begin + 1] !== LETTER_O) throw new SyntaxError("neither a transaction nor a change");
    let [at, xid] = [begin + COMMIT_BYTES + 1, 0];
    for (; at < end && bytes[at] !== SPACE; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) throw new SyntaxError("a commit of unknown form");
      xid = xid * 10 + digit;
    }
    const committedAt = at < end ? this.#clock.read(bytes, at + AT_BYTES, end) : 0;
    return { kind: "commit", xid, commitLsn: null, endLsn: lsnOf(data), committedAt };
  }

  #readTable(text: string): Change | UnknownRelation {
    const cursor = this.#cursor;
    cursor.text = text;
    cursor.at = "table ".length;
    const name = this.#readName(cursor);
    const names = [name];
    while (cursor.take(", ")) names.push(this.#readName(cursor));
    cursor.need(": ");
    if (cursor.take("TRUNCATE:")) return this.#readTruncate(cursor, names);
    if (names.length > 1) cursor.fail("one table");
    if (cursor.take("INSERT:")) return this.#readInsert(cursor, name);
    if (cursor.take("UPDATE:")) return this.#readUpdate(cursor, name);
    if (cursor.take("DELETE:")) return this.#readDelete(cursor, name);
    return cursor.fail("INSERT, UPDATE, DELETE or TRUNCATE");
  }

  #readName(cursor: TextCursor): TableName {
    const begin = cursor.at;
    const end = cursor.text.indexOf(": ", begin);
    const known = this.#printed.get(cursor.text.slice(begin, end));
    if (known) {
      cursor.at = end;
      return known;
    }
    const schema = cursor.identifier();
    cursor.need(".");
    const name = cursor.identifier();
    const found = { schema, name, key: keyOf(schema, name) };
    if (cursor.at === end) this.#printed.set(cursor.text.slice(begin, end), found);
    return found;
  }

  #readInsert(cursor: TextCursor, name: TableName): Insert | UnknownRelation {
    const row = readRow(cursor, this.#known.get(name.key));
    if (row.kind === "other") return unknownOf(name, row.columns);
    return { kind: "insert", relation: row.known.relation, values: row.values };
  }

  #readUpdate(cursor: TextCursor, name: TableName): Update | UnknownRelation {
    const old = cursor.take(" old-key:") ? readColumns(cursor, " new-tuple:") : null;
    if (old) cursor.need(" new-tuple:");
    const row = readRow(cursor, this.#known.get(name.key));
    if (row.kind === "other") return unknownOf(name, row.columns);
    const { known, values } = row;
    const { relation } = known;
    // Under FULL the whole old row is always sent, otherwise nothing but the key.
    const fits = old ? mayBeOldRow(old, known) : relation.replicaIdentity !== "full";
    if (!fits && this.#mayRecheck(name)) return unknownOf(name, shownOf(known));
    return { kind: "update", relation, old: old && toOldRow(old, known), values };
  }

  #readDelete(cursor: TextCursor, name: TableName): Delete | UnknownRelation {
    const known = this.#known.get(name.key);
    if (!known) return unknownOf(name, null);
    const { relation } = known;
    if (cursor.take(" (no-tuple-data)")) return { kind: "delete", relation, old: null };
    const old = readColumns(cursor, null);
    const isShape = old.every((column) => isColumnOf(column, known));
    if (!(isShape && mayBeOldRow(old, known)) && this.#mayRecheck(name)) return unknownOf(name, null);
    // The table has lost the columns since: what the row shows is all that is known of it then.
    if (!isShape) return unknownOf(name, old.map(toShown));
    return { kind: "delete", relation, old: toOldRow(old, known) };
  }

  #readTruncate(cursor: TextCursor, names: TableName[]): Truncate | UnknownRelation {
    const relations: Relation[] = [];
    for (const name of names) {
      const known = this.#known.get(name.key);
      if (!known) return unknownOf(name, null);
      relations.push(known.relation);
    }
    const restartIdentity = cursor.take(" restart_seqs");
    const cascade = cursor.take(" cascade");
    if (!restartIdentity && !cascade) cursor.need(" (no-flags)");
    return { kind: "truncate", relations, cascade, restartIdentity };
  }

  /** Once for each transaction: the catalogue is ahead of the stream and may go on to contradict it. */
  #mayRecheck({ key }: TableName): boolean {
    if (this.#rechecked.has(key)) return false;
    this.#rechecked.add(key);
    return true;
  }
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/** As quote_identifier() prints it. Keywords are quoted too; those are read by the slower way. */
function printIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function unknownOf({ schema, name }: TableName, columns: ShownColumn[] | null): UnknownRelation {
  return { kind: "unknown", schema, name, columns, replicaIdentity: null, oid: null };
}

function toShown({ name, typeName }: { name: string; typeName: string }): ShownColumn {
  return { name, typeName, typeOid: null, isKey: null };
}

function shownOf(known: Known): ShownColumn[] {
  return known.relation.columns.map(({ name }, index) =>
    toShown({ name, typeName: known.printedTypes[index] ?? "" }),
  );
}

type Row = { kind: "known"; known: Known; values: NewValue[] } | { kind: "other"; columns: ShownColumn[] };

/** A whole row: by the known shape, or if it has another one, that shape. */
function readRow(cursor: TextCursor, known: Known | undefined): Row {
  const begin = cursor.at;
  const values = known && readKnownRow(cursor, known);
  if (known && values) return { kind: "known", known, values };
  cursor.at = begin;
  const columns = readColumns(cursor, null);
  const isSame =
    known?.prefixes.length === columns.length &&
    columns.every((column, index) => known.byName.get(column.name) === index && isColumnOf(column, known));
  if (known && isSame) return { kind: "known", known, values: columns.map(({ value }) => value) };
  return { kind: "other", columns: columns.map(toShown) };
}

function readKnownRow(cursor: TextCursor, known: Known): NewValue[] | null {
  const values: NewValue[] = [];
  for (const prefix of known.prefixes) {
    if (!cursor.take(prefix)) return null;
    values.push(cursor.value());
  }
  return cursor.isAtEnd ? values : null;
}

function readColumns(cursor: TextCursor, until: string | null): Column[] {
  const columns: Column[] = [];
  while (!cursor.isAtEnd && !(until !== null && cursor.text.startsWith(until, cursor.at))) {
    // Only with columns has a row any text, and a column's name is followed by a bracket.
    if (columns.length === 0 && cursor.take(" (no-tuple-data)")) cursor.fail("a row");
    cursor.need(" ");
    const name = cursor.identifier();
    const typeName = cursor.typeName();
    columns.push({ name, typeName, value: cursor.value() });
  }
  return columns;
}

function isColumnOf(column: Column, known: Known): boolean {
  const index = known.byName.get(column.name);
  return index !== undefined && known.printedTypes[index] === column.typeName;
}

function mayBeOldRow(old: Column[], known: Known): boolean {
  const { relation } = known;
  if (relation.replicaIdentity === "full") return true;
  const keys = relation.columns.filter((column) => column.isKey);
  return (
    old.length === keys.length &&
    old.every(({ name }) => relation.columns[known.byName.get(name) ?? -1]?.isKey)
  );
}

/** NULLs of an old row are not printed, so under FULL what is missing is NULL. */
function toOldRow(old: Column[], known: Known): OldRow {
  const isFull = known.relation.replicaIdentity === "full";
  const values: OldValue[] = known.relation.columns.map(() => (isFull ? null : undefined));
  for (const { name, value } of old) {
    const index = known.byName.get(name);
    if (index === undefined) throw new SyntaxError("an old row has a column that the new one lacks");
    if (value === UNCHANGED) throw new SyntaxError("an old row leaves out a value");
    values[index] = value;
  }
  return { kind: isFull ? "full" : "key", values };
}

const LETTER_B = 0x42;
const LETTER_E = 0x45;
const LETTER_C = 0x43;
const LETTER_O = 0x4f;
const SPACE = 0x20;
const BEGIN_BYTES = "BEGIN".length;
const COMMIT_BYTES = "COMMIT".length;
const AT_BYTES = " (at ".length;

/** `BEGIN`, or with a number behind it; null of what is neither. No other message begins with these two letters. There is one for each transaction: no text is made of it. */
function readBegin({ bytes, begin, end }: WalData): Begin | null {
  if (end - begin < BEGIN_BYTES || bytes[begin + 1] !== LETTER_E) return null;
  let xid = 0;
  for (let at = begin + BEGIN_BYTES; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 9) xid = xid * 10 + digit;
    else if (at > begin + BEGIN_BYTES) return null;
  }
  return { kind: "begin", xid };
}

const MESSAGE = /^message: transactional: ([01]) prefix: ([\s\S]*?), sz: (\d+) content:/;

/** The prefix may look like what follows it; the size tells. */
function readMessage(payload: Buffer): Message {
  const text = payload.toString("latin1");
  const end = text.indexOf("content:") + "content:".length;
  for (let at = end; at >= end; at = nextContent(text, at)) {
    const head = new RegExp(`${MESSAGE.source}$`).exec(text.slice(0, at));
    if (head && Number(head[3]) === payload.length - at) {
      const prefix = Buffer.from(head[2] ?? "", "latin1").toString("utf8");
      return { kind: "message", isTransactional: head[1] === "1", prefix, content: payload.subarray(at) };
    }
  }
  throw new SyntaxError("a message of unknown form");
}

function nextContent(text: string, at: number): number {
  const next = text.indexOf("content:", at);
  return next < 0 ? -1 : next + "content:".length;
}
