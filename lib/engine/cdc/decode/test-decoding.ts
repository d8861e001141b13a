import { lsnOf, type WalData } from "@/lib/postgres/replication/wal-message";
import { type TextReader, textReader } from "../encodings";
import {
  BEGIN,
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

/** Plugin options the decoder counts on. Known to servers from 9.5 on. Without numbers of transactions the source has less to print. */
export const TEST_DECODING_OPTIONS = {
  "include-xids": "off",
  "include-timestamp": "on",
  "skip-empty-xacts": "on",
};

interface Known {
  relation: Relation;
  printedTypes: readonly string[];
  /** ` name[type]:` of each column, by which a change of known shape is read without parsing names. */
  prefixes: string[];
  /** Of the columns that an old key shows: their indexes; null under FULL, where NULLs are left out. */
  keyAt: readonly number[] | null;
  byName: Map<string, number>;
}

interface Table {
  schema: string;
  name: string;
  /** null: nobody has told of it yet. */
  known: Known | null;
}

/** A table's name as it is printed, quotes and all, with the colon behind it. */
interface PrintedName {
  text: string;
  table: Table;
  /** What was changed next the last time: most often it is so again. */
  next: PrintedName | null;
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
  readonly #tables = new Map<string, Table>();
  /** By their text: saves parsing names. */
  readonly #printed = new Map<string, PrintedName>();
  #last: PrintedName | null = null;
  /** Tables whose catalogue was asked again in this transaction, because a change did not fit. */
  readonly #rechecked = new Set<Table>();

  /** `readText` turns bytes of the database's encoding into text; absent: UTF-8. */
  constructor(readText: TextReader = textReader("UTF8")) {
    this.#readText = readText;
  }

  /** Takes a relation that `decode` asked for, in place of the one of the same name. */
  learn({ relation, printedTypes }: DescribedRelation): void {
    const { columns, replicaIdentity } = relation;
    const keyAt = columns.flatMap(({ isKey }, index) => (isKey ? [index] : []));
    this.#table(relation.schema, relation.name).known = {
      relation,
      printedTypes,
      prefixes: columns.map(({ name }, index) => ` ${printIdentifier(name)}[${printedTypes[index]}]:`),
      keyAt: replicaIdentity === "full" ? null : keyAt,
      byName: new Map(columns.map(({ name }, index) => [name, index])),
    };
  }

  decode(data: WalData): Change | UnknownRelation {
    const { bytes, begin, end } = data;
    if (bytes[begin] === LETTER_B) {
      if (isBegin(data)) {
        if (this.#rechecked.size > 0) this.#rechecked.clear();
        return BEGIN;
      }
    } else if (bytes[begin] === LETTER_C) return this.#readCommit(data);
    const text = this.#readText(bytes, begin, end);
    if (text.startsWith("table ")) return this.#readTable(text);
    if (text.startsWith("message: ")) return readMessage(bytes.subarray(begin, end));
    throw new SyntaxError("neither a transaction nor a change");
  }

  /** `COMMIT`, and in brackets the time; like `BEGIN` read without making a text of it. */
  #readCommit(data: WalData): Commit {
    const { bytes, begin, end } = data;
    if (bytes[begin + 1] !== LETTER_O) throw new SyntaxError("neither a transaction nor a change");
    const committedAt = this.#clock.read(bytes, begin + COMMIT_BYTES, end);
    return { kind: "commit", endLsn: lsnOf(data), committedAt };
  }

  #readTable(text: string): Change | UnknownRelation {
    const cursor = this.#cursor;
    cursor.text = text;
    cursor.at = "table ".length;
    const table = this.#readPrinted(cursor);
    if (table) return this.#readChange(cursor, table);
    const begin = cursor.at;
    const tables = [this.#readName(cursor)];
    while (cursor.take(", ")) tables.push(this.#readName(cursor));
    cursor.need(": ");
    const [first] = tables;
    if (first && tables.length === 1) {
      this.#keepPrinted(text.slice(begin, cursor.at), first);
      return this.#readChange(cursor, first);
    }
    cursor.need("TRUNCATE:");
    return this.#readTruncate(cursor, tables);
  }

  #readChange(cursor: TextCursor, table: Table): Change | UnknownRelation {
    if (cursor.take("INSERT:")) return this.#readInsert(cursor, table);
    if (cursor.take("UPDATE:")) return this.#readUpdate(cursor, table);
    if (cursor.take("DELETE:")) return this.#readDelete(cursor, table);
    if (cursor.take("TRUNCATE:")) return this.#readTruncate(cursor, [table]);
    return cursor.fail("INSERT, UPDATE, DELETE or TRUNCATE");
  }

  /** The one table whose name comes next, when it was read before; null: names have to be parsed. */
  #readPrinted(cursor: TextCursor): Table | null {
    const expected = this.#last?.next;
    if (expected && cursor.take(expected.text)) {
      this.#last = expected;
      return expected.table;
    }
    const end = cursor.text.indexOf(": ", cursor.at) + 2;
    const printed = this.#printed.get(cursor.text.slice(cursor.at, end));
    if (!printed) return null;
    if (this.#last) this.#last.next = printed;
    this.#last = printed;
    cursor.at = end;
    return printed.table;
  }

  /** Quoted names may hold what ends a name: those are parsed each time. */
  #keepPrinted(text: string, table: Table): void {
    if (text.indexOf(": ") === text.length - 2) this.#printed.set(text, { text, table, next: null });
  }

  #readName(cursor: TextCursor): Table {
    const schema = cursor.identifier();
    cursor.need(".");
    return this.#table(schema, cursor.identifier());
  }

  #table(schema: string, name: string): Table {
    const key = `${schema}\0${name}`;
    const known = this.#tables.get(key);
    if (known) return known;
    const table: Table = { schema, name, known: null };
    this.#tables.set(key, table);
    return table;
  }

  #readInsert(cursor: TextCursor, table: Table): Insert | UnknownRelation {
    const row = readRow(cursor, table.known);
    if (row.kind === "other") return unknownOf(table, row.columns);
    return { kind: "insert", relation: row.known.relation, values: row.values };
  }

  #readUpdate(cursor: TextCursor, table: Table): Update | UnknownRelation {
    const old = cursor.take(" old-key:") ? readColumns(cursor, " new-tuple:") : null;
    if (old) cursor.need(" new-tuple:");
    const row = readRow(cursor, table.known);
    if (row.kind === "other") return unknownOf(table, row.columns);
    const { known, values } = row;
    const { relation } = known;
    // Under FULL the whole old row is always sent, otherwise nothing but the key.
    const fits = old ? mayBeOldRow(old, known) : relation.replicaIdentity !== "full";
    if (!fits && this.#mayRecheck(table)) return unknownOf(table, shownOf(known));
    return { kind: "update", relation, old: old && toOldRow(old, known), values };
  }

  #readDelete(cursor: TextCursor, table: Table): Delete | UnknownRelation {
    const { known } = table;
    if (!known) return unknownOf(table, null);
    const { relation } = known;
    if (cursor.take(" (no-tuple-data)")) return { kind: "delete", relation, old: null };
    const key = readKnownKey(cursor, known);
    if (key) return { kind: "delete", relation, old: { kind: "key", values: key } };
    const old = readColumns(cursor, null);
    const isShape = old.every((column) => isColumnOf(column, known));
    if (!(isShape && mayBeOldRow(old, known)) && this.#mayRecheck(table)) return unknownOf(table, null);
    // The table has lost the columns since: what the row shows is all that is known of it then.
    if (!isShape) return unknownOf(table, old.map(toShown));
    return { kind: "delete", relation, old: toOldRow(old, known) };
  }

  #readTruncate(cursor: TextCursor, tables: Table[]): Truncate | UnknownRelation {
    const relations: Relation[] = [];
    for (const table of tables) {
      if (!table.known) return unknownOf(table, null);
      relations.push(table.known.relation);
    }
    const restartIdentity = cursor.take(" restart_seqs");
    const cascade = cursor.take(" cascade");
    if (!restartIdentity && !cascade) cursor.need(" (no-flags)");
    return { kind: "truncate", relations, cascade, restartIdentity };
  }

  /** Once for each transaction: the catalogue is ahead of the stream and may go on to contradict it. */
  #mayRecheck(table: Table): boolean {
    if (this.#rechecked.has(table)) return false;
    this.#rechecked.add(table);
    return true;
  }
}

/** As quote_identifier() prints it. Keywords are quoted too; those are read by the slower way. */
function printIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function unknownOf({ schema, name }: Table, columns: ShownColumn[] | null): UnknownRelation {
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
function readRow(cursor: TextCursor, known: Known | null): Row {
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
  const { prefixes } = known;
  // Of the right size at once: there is one for each row.
  const values: NewValue[] = new Array(prefixes.length);
  for (let index = 0; index < prefixes.length; index++) {
    if (!cursor.take(prefixes[index] ?? "")) return null;
    values[index] = cursor.value();
  }
  return cursor.isAtEnd ? values : null;
}

/** The old key of a row by the table's known shape, as values of the whole row; null, with nothing taken, of another shape. */
function readKnownKey(cursor: TextCursor, { keyAt, prefixes }: Known): OldValue[] | null {
  if (!keyAt) return null;
  const begin = cursor.at;
  const values: OldValue[] = new Array(prefixes.length).fill(undefined);
  for (const index of keyAt) {
    const value = cursor.take(prefixes[index] ?? "") ? cursor.value() : UNCHANGED;
    if (value === UNCHANGED) {
      cursor.at = begin;
      return null;
    }
    values[index] = value;
  }
  if (cursor.isAtEnd) return values;
  cursor.at = begin;
  return null;
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
const BEGIN_BYTES = "BEGIN".length;
const COMMIT_BYTES = "COMMIT (at ".length;

/** No other message begins with these two letters. There is one for each transaction: no text is made of it. */
function isBegin({ bytes, begin, end }: WalData): boolean {
  return end - begin === BEGIN_BYTES && bytes[begin + 1] === LETTER_E;
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
