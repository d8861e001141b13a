import type { TableName } from "@/lib/engine/events";
import { qualified } from "@/lib/postgres/sql";
import type { DumpedSchema, SchemaStatement } from "./statement";

/** An index, or a constraint that rests on one, to be built when the rows of its table are complete. */
export interface IndexBuild {
  kind: "index" | "primary-key" | "unique" | "exclusion";
  /** Display name of the index or constraint: "public.orders_pkey". */
  object: string;
  /**
   * To be run in this order in one session, each committed by itself. The first does the work under a lock that lets
   * other indexes of the table be built beside it; a second one (ADD CONSTRAINT ... USING INDEX) is instant. When
   * one fails the rest of the build is skipped. An exclusion constraint is one statement with an exclusive lock.
   */
  statements: SchemaStatement[];
}

/** What is built on one table, leaf partition or materialised view, in dump order; builds are independent of each other. */
export interface TablePlan {
  table: TableName;
  builds: IndexBuild[];
}

/** To be added when both tables have rows and indexes, and after `attaches`. */
export interface ForeignKeyPlan {
  statement: SchemaStatement;
  table: TableName;
  references: TableName;
}

/** A dumped schema in the order in which it is restored. */
export interface RestorePlan {
  /** Settings for every session that runs a statement of this plan (search_path, client_encoding, ...). */
  session: SchemaStatement[];
  /** Before any row, strictly in this order. */
  preData: SchemaStatement[];
  /** By tableKey(); only tables on which something is built. */
  tables: ReadonlyMap<string, TablePlan>;
  /** Indexes and constraints ON ONLY partitioned tables: no rows, instant; any time after preData, in this order. */
  partitionedIndexes: SchemaStatement[];
  /** ALTER INDEX ... ATTACH PARTITION: after partitionedIndexes and all builds, in this order. */
  attaches: SchemaStatement[];
  foreignKeys: ForeignKeyPlan[];
  /** Last, strictly in this order: late views, comments, rules, policies, triggers, publications, event triggers. */
  rest: SchemaStatement[];
}

/** Key of `RestorePlan.tables`. */
export function tableKey(table: TableName): string {
  return qualified(table.schema, table.name);
}

/** Orders a dumped schema for the restore. Pure; never drops a statement. */
export function planRestore(dumped: DumpedSchema): RestorePlan {
  return {
    session: [],
    preData: dumped.preData,
    tables: new Map(),
    partitionedIndexes: [],
    attaches: [],
    foreignKeys: [],
    rest: dumped.postData,
  };
}
