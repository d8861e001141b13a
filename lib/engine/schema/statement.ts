import type { ObjectFailure } from "@/lib/engine/events";

/** One statement of a schema dump, classified by the real grammar so that it can be named, scheduled and reported. */
export interface SchemaStatement {
  /** Exactly as dumped, without the trailing semicolon. */
  sql: string;
  kind: StatementKind;
  /** Display name of the object: "public.orders", "hstore", "public.f(integer)"; "" when the statement has none. */
  object: string;
  /** Table, materialised view or partitioned table the statement belongs to, when it belongs to one. */
  table: { schema: string; name: string } | null;
  /** Roles the statement names: new owner, grantees, policy roles. It fails when one is missing on the target. */
  roles: string[];
  /** A table PARTITION BY, or an index ON ONLY such a table. */
  partitioned?: boolean;
  /** Of an index or constraint: it can only be made when all partitions have their rows. */
  afterBuilds?: boolean;
  /** What a foreign key points to; of an attached index the one it is attached to; of an attached partition itself. */
  references?: { schema: string; name: string };
  /** Undoes what the move has changed for itself: when nothing of it calls functions any more; online at the cutover. */
  late?: boolean;
}

export type StatementKind =
  | "setting"
  | "schema"
  | "extension"
  | "type"
  | "function"
  | "operator"
  | "cast"
  | "transform"
  | "conversion"
  | "access-method"
  | "table"
  | "table-attach"
  | "sequence"
  | "view"
  | "materialized-view"
  | "column-default"
  | "index"
  | "index-attach"
  | "primary-key"
  | "unique"
  | "exclusion"
  | "check"
  | "foreign-key"
  | "trigger"
  | "event-trigger"
  | "rule"
  | "policy"
  | "row-security"
  | "statistics"
  | "publication"
  | "subscription"
  | "foreign-data"
  | "text-search"
  | "comment"
  | "security-label"
  | "owner"
  | "grant"
  | "default-privileges"
  | "replica-identity"
  | "cluster-on"
  | "database-setting"
  | "other";

/** A schema dump taken at one snapshot. */
export interface DumpedSchema {
  /** Everything that must exist before rows can be copied, in dump order. */
  preData: SchemaStatement[];
  /** Indexes, constraints, triggers, rules, policies and the rest, in dump order. */
  postData: SchemaStatement[];
  /** "pg_dump 18.4 (/usr/bin)" or "pg_dump 17.5 (WebAssembly)"; shown in the activity log. */
  tool: string;
  warnings: string[];
  /** Objects left out of the dump, with the reason, e.g. TABLE_UNREADABLE; to be reported, not to be copied. */
  failures: ObjectFailure[];
}
