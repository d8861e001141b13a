import type { Lsn } from "@/lib/postgres/lsn";

/** In place of a large value that an UPDATE left as it was: the source does not send it, so it stays out of SET. */
export const UNCHANGED: unique symbol = Symbol("unchanged");

/** A value as its type's output function prints it; null is NULL. */
export type NewValue = string | null | typeof UNCHANGED;

/** `undefined`: the column is no part of the old key, so nothing is known of its value. */
export type OldValue = string | null | undefined;

export interface RelationColumn {
  name: string;
  /** On the source; 0 when the type does not exist there any more. User types have other oids on the target. */
  typeOid: number;
  /** As format_type prints it with an empty search_path: fit for a cast on either side. */
  typeName: string;
  /** Part of the replica identity; of all columns under FULL. */
  isKey: boolean;
  /** Not to be written; test_decoding sends it, pgoutput does not. */
  isGenerated: boolean;
}

export type ReplicaIdentity = "default" | "nothing" | "full" | "index";

/** A table as it was when the changes that follow were made. A changed table is another object of the same name. */
export interface Relation {
  schema: string;
  name: string;
  /** In the order of the values of its changes. */
  columns: readonly RelationColumn[];
  /** null: the table does not exist on the source any more. */
  replicaIdentity: ReplicaIdentity | null;
}

export interface Begin {
  kind: "begin";
}

export const BEGIN: Begin = Object.freeze({ kind: "begin" });

export interface Commit {
  kind: "commit";
  /** End of the commit record: the one position to compare, store and acknowledge. Its start, which pgoutput tells too, is none of a snapshot's or slot's. */
  endLsn: Lsn;
  /** Microseconds since 1970. */
  committedAt: number;
}

/** A table is seen for the first time, or its columns have changed. */
export interface RelationSeen {
  kind: "relation";
  relation: Relation;
}

export interface Insert {
  kind: "insert";
  relation: Relation;
  /** One for each of the relation's columns. */
  values: NewValue[];
}

/** What identifies the row as it was: its key columns, or under FULL all of its columns. */
export interface OldRow {
  kind: "key" | "full";
  values: OldValue[];
}

export interface Update {
  kind: "update";
  relation: Relation;
  /** null: the key did not change, so it is that of `values`. */
  old: OldRow | null;
  values: NewValue[];
}

export interface Delete {
  kind: "delete";
  relation: Relation;
  /** null: the table has no replica identity, so that nobody can tell which row it was. */
  old: OldRow | null;
}

/** Tables emptied by one statement, those that CASCADE reached among them. */
export interface Truncate {
  kind: "truncate";
  relations: Relation[];
  cascade: boolean;
  restartIdentity: boolean;
}

/** Of pg_logical_emit_message. */
export interface Message {
  kind: "message";
  isTransactional: boolean;
  prefix: string;
  content: Buffer;
}

/** No transaction is under way, and every one that was committed before `lsn` has been handed out. */
export interface Quiet {
  kind: "quiet";
  lsn: Lsn;
}

/** A change of rows or of what they mean. */
export type RowChange = RelationSeen | Insert | Update | Delete | Truncate | Message;

/** What comes out of a stream of changes: begin, changes of one transaction, commit; between them non-transactional messages. */
export type Change = Begin | Commit | RowChange | Quiet;
